-- purpose: write a schedule that is new or says something else
-- params: p_name, p_body, p_next_at its next tick or null
-- cost: one row
CREATE FUNCTION put_schedule_HASH(p_name text, p_body text, p_next_at bigint) RETURNS jsonb
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_gate smallint := enter_HASH(false);
BEGIN
    IF v_gate = 2 THEN
        RETURN jsonb_build_array('closed', v_gate);
    END IF;
    INSERT INTO schedules AS s (name, body, revision, next_at) VALUES (p_name, p_body, 1, p_next_at)
    ON CONFLICT (name)
    DO UPDATE SET body = excluded.body, revision = s.revision + 1, next_at = excluded.next_at
    WHERE s.body <> excluded.body;
    RETURN '["ok", {}]';
END $$;
