-- purpose: open or close the namespace, when every change under way has ended, and mark it
-- params: p_gate, p_mark or null
-- cost: one row
CREATE FUNCTION set_gate_HASH(p_gate smallint, p_mark bytea) RETURNS jsonb LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_gate smallint := enter_HASH(true);
BEGIN
    -- What was taken in side by side may have set the next age back.
    PERFORM reserve_jobs_HASH() FROM meta WHERE mark IS NOT NULL;
    UPDATE meta SET gate = p_gate, mark = p_mark;
    IF p_gate = 0 THEN
        PERFORM wake_HASH(string_agg(stream || ' 1', ',')) FROM streams WHERE NOT deleted;
    END IF;
    RETURN jsonb_build_array('ok', woken_HASH());
END $$;
