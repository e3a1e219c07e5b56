-- purpose: write something, read it back and remove it
-- params: p_now the clock or null; answers whether it was there
-- cost: one row
CREATE FUNCTION probe_HASH(p_now bigint) RETURNS jsonb LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_gate smallint := enter_HASH(false);
    v_probe bigint;
    v_found boolean;
BEGIN
    IF v_gate = 2 THEN
        RETURN jsonb_build_array('closed', v_gate);
    END IF;
    INSERT INTO probes (written_at) VALUES (moment_HASH(p_now)) RETURNING probe INTO v_probe;
    v_found := EXISTS (SELECT 1 FROM probes WHERE probe = v_probe);
    DELETE FROM probes WHERE probe = v_probe;
    RETURN jsonb_build_array('ok', '{}'::jsonb, (v_found AND FOUND)::integer);
END $$;
