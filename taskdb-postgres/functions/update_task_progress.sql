-- purpose: raise the progress of a ready or running task; a running one has its timeout anew
-- params: p_now the clock or null, a target, p_progress from 0 to 1
-- cost: one task
CREATE FUNCTION update_task_progress_HASH(
    p_now bigint, p_id uuid, p_name text, p_claim uuid, p_attempt bigint, p_progress real
) RETURNS jsonb LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_gate smallint := enter_HASH(false);
    v_now bigint;
    v_aim aim;
BEGIN
    IF v_gate = 2 THEN
        RETURN jsonb_build_array('closed', v_gate);
    END IF;
    PERFORM lock_jobs_HASH(ARRAY[p_id]);
    v_now := moment_HASH(p_now);
    v_aim := aim_HASH(p_id, p_name, p_claim, p_attempt);
    IF v_aim.over IS NOT NULL THEN
        RETURN CASE WHEN p_claim IS NULL THEN '["ok", {}, 0]' ELSE v_aim.over END;
    ELSIF v_aim.seen_state NOT IN (1 /* ready */, 2 /* running */) THEN
        RETURN '["ok", {}, 0]';
    END IF;
    IF logs_all_HASH() THEN
        PERFORM log_HASH(v_now, 3 /* event progress */, ARRAY[v_aim.job], ARRAY[v_aim.task], p_progress::text::bytea);
    END IF;
    UPDATE tasks
    SET progress = greatest(progress, p_progress), updated_at = touch_HASH(job, v_now),
        work_deadline = CASE WHEN state = 2 /* running */ THEN v_now + timeout_secs * 1000000::bigint END,
        deadline = CASE WHEN state = 2 /* running */
            THEN least(v_now + timeout_secs * 1000000::bigint, lease_end) END
    WHERE job = v_aim.job AND task = v_aim.task;
    UPDATE jobs SET updated_at = greatest(updated_at, v_now) WHERE job = v_aim.job;
    RETURN '["ok", {}, 1]';
END $$;
