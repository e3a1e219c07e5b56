-- purpose: remove a schedule; its jobs stay
-- params: p_name
-- cost: one row
CREATE FUNCTION delete_schedule_HASH(p_name text) RETURNS jsonb
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_gate smallint := enter_HASH(false);
BEGIN
    IF v_gate = 2 THEN
        RETURN jsonb_build_array('closed', v_gate);
    END IF;
    DELETE FROM schedules WHERE name = p_name;
    RETURN '["ok", {}]';
END $$;
