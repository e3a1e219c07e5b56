-- purpose: put one task of a stopped job back to work
-- params: p_now the clock or null
-- cost: the tasks of the job that wait
CREATE FUNCTION retry_task_HASH(p_now bigint, p_id uuid, p_name text) RETURNS jsonb
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_gate smallint := enter_HASH(false);
    v_now bigint;
    v_job jobs;
    v_t tasks;
    v_tasks integer[] := '{}';
    v_gone uuid;
BEGIN
    IF v_gate = 2 THEN
        RETURN jsonb_build_array('closed', v_gate);
    END IF;
    SELECT * INTO v_job FROM jobs WHERE id = p_id FOR UPDATE;
    v_now := moment_HASH(p_now);
    IF NOT FOUND THEN
        RETURN '["no_job"]';
    END IF;
    SELECT t.* INTO v_t FROM tasks AS t JOIN definitions AS d ON d.job = t.job AND d.task = t.task
    WHERE d.job = v_job.job AND d.name = p_name;
    IF NOT FOUND THEN
        RETURN '["no_task"]';
    ELSIF v_job.state < 2 /* job failed */ THEN
        RETURN jsonb_build_array('job_runs', v_job.state);
    ELSIF v_t.state IN (2 /* running */, 3 /* done */) THEN
        RETURN jsonb_build_array('task_runs', v_t.state);
    END IF;
    PERFORM complete_releases_HASH(v_job.job, v_now);
    SELECT * INTO v_t FROM tasks WHERE job = v_t.job AND task = v_t.task;
    IF v_t.state >= 4 /* failed */ THEN
        IF v_t.waiting_on > 0 AND cardinality(dead_prerequisites_HASH(v_t.job, v_t.task)) > 0 THEN
            RETURN '["blocked"]';
        ELSIF v_t.tolerated AND relied_on_HASH(v_t.job, v_t.task) THEN
            RETURN '["relied_on"]';
        END IF;
        v_tasks := ARRAY[v_t.task];
    END IF;
    v_gone := deleted_stream_HASH(v_job.job, v_tasks);
    IF v_gone IS NOT NULL THEN
        RETURN jsonb_build_array('stream_gone', v_gone);
    END IF;
    UPDATE tasks
    SET retries = 0, losses = 0, progress = 0,
        updated_at = CASE WHEN progress > 0 THEN touch_HASH(v_job.job, v_now) ELSE updated_at END
    WHERE job = v_t.job AND task = v_t.task AND state < 2 /* running */;
    PERFORM restart_HASH(v_job.job, v_tasks, v_now);
    RETURN jsonb_build_array('ok', woken_HASH());
END $$;
