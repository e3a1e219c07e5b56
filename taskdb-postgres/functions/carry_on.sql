-- purpose: carry on a large release that a call has begun, by one step
-- params: p_now the clock or null
-- cost: up to 500 dependants
CREATE FUNCTION carry_on_HASH(p_now bigint) RETURNS jsonb LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_gate smallint := enter_HASH(false);
BEGIN
    PERFORM attend_HASH(moment_HASH(p_now), 0, 0, 0);
    RETURN jsonb_build_array('ok', woken_HASH(), (EXISTS (SELECT 1 FROM releases))::integer);
END $$;
