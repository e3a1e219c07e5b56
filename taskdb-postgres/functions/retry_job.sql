-- purpose: put a stopped job back to work
-- params: p_now the clock or null
-- cost: the tasks of the job
CREATE FUNCTION retry_job_HASH(p_now bigint, p_id uuid) RETURNS jsonb
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_gate smallint := enter_HASH(false);
    v_now bigint;
    v_job jobs;
    v_tasks integer[];
    v_gone uuid;
BEGIN
    IF v_gate = 2 THEN
        RETURN jsonb_build_array('closed', v_gate);
    END IF;
    SELECT * INTO v_job FROM jobs WHERE id = p_id FOR UPDATE;
    v_now := moment_HASH(p_now);
    IF NOT FOUND THEN
        RETURN '["no_job"]';
    ELSIF v_job.state < 2 /* job failed */ THEN
        RETURN jsonb_build_array('job_runs', v_job.state);
    END IF;
    PERFORM complete_releases_HASH(v_job.job, v_now);
    v_tasks := revivable_HASH(v_job.job);
    v_gone := deleted_stream_HASH(v_job.job, v_tasks);
    IF v_gone IS NOT NULL THEN
        RETURN jsonb_build_array('stream_gone', v_gone);
    END IF;
    UPDATE tasks
    SET retries = 0, losses = 0, progress = 0,
        updated_at = CASE WHEN progress > 0 THEN touch_HASH(v_job.job, v_now) ELSE updated_at END
    WHERE job = v_job.job AND state IN (0 /* pending */, 1 /* ready */)
        AND (retries > 0 OR losses > 0 OR progress > 0);
    PERFORM restart_HASH(v_job.job, v_tasks, v_now);
    RETURN jsonb_build_array('ok', woken_HASH());
END $$;
