-- purpose: move a schedule from one tick, which has come, to the next, and make the job of the tick
-- params: p_now the clock or null; p_revision and p_tick as the caller has read them, p_next_at the next tick or null;
--   then the job as create_job has it, p_id null for a tick that is passed over
-- cost: one row; one job and its task
CREATE FUNCTION fire_schedule_HASH(
    p_now bigint, p_name text, p_revision bigint, p_tick bigint, p_next_at bigint, p_id uuid, p_user text,
    p_class smallint, p_key text, p_lifetime bigint, p_stream uuid, p_body text, p_max_retries integer,
    p_timeout integer, p_start_at bigint, p_delay bigint, p_rules text, p_job_name text, p_labels text
) RETURNS jsonb LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_gate smallint := enter_HASH(false);
    v_reply jsonb := '["ok", {}]';
BEGIN
    IF v_gate = 2 THEN
        RETURN jsonb_build_array('closed', v_gate);
    END IF;
    -- Whoever waits here sees the schedule as the one before has left it.
    PERFORM 1 FROM schedules WHERE name = p_name AND revision = p_revision AND next_at = p_tick FOR UPDATE;
    IF NOT FOUND OR p_tick > moment_HASH(p_now) THEN
        RETURN '["ok", {}, 0]';
    END IF;
    IF p_id IS NOT NULL THEN
        v_reply := create_job_HASH(p_now, p_id, p_user, p_class, p_key, p_lifetime, p_stream, p_body,
            p_max_retries, p_timeout, p_start_at, p_delay, p_rules, p_job_name, p_labels);
        IF v_reply ->> 0 <> 'ok' THEN
            RETURN v_reply;
        END IF;
    END IF;
    UPDATE schedules
    SET next_at = p_next_at, fired_at = CASE WHEN p_id IS NULL THEN fired_at ELSE p_tick END
    WHERE name = p_name;
    RETURN jsonb_build_array('ok', v_reply -> 1, 1);
END $$;
