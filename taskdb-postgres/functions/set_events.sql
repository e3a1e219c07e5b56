-- purpose: say what the event log takes from now on, and for how long it keeps it
-- params: p_level as EventLevel numbers it, p_age in microseconds, p_count
-- cost: one row
CREATE FUNCTION set_events_HASH(p_level smallint, p_age bigint, p_count bigint) RETURNS jsonb
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_gate smallint := enter_HASH(false);
BEGIN
    IF v_gate = 2 THEN
        RETURN jsonb_build_array('closed', v_gate);
    END IF;
    UPDATE meta SET event_level = p_level, event_age = p_age, event_count = p_count;
    RETURN '["ok", {}]';
END $$;
