-- purpose: take away claims whose deadline has come, earliest first, ties by age; carry on interrupted releases, and
--   fail what was not started in time; tells whether there is something to tidy up
-- params: p_now the clock or null, p_limit the most claims of this step
-- cost: the claims taken, up to 500 dependants, 100 tasks not started in time
CREATE FUNCTION requeue_tasks_HASH(p_now bigint, p_limit integer) RETURNS jsonb
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_gate smallint := enter_HASH(false);
    v_now bigint := moment_HASH(p_now);
    v_jobs bigint[];
    v_t record;
    v_taken integer := 0;
BEGIN
    IF v_gate = 2 THEN
        RETURN jsonb_build_array('closed', v_gate);
    END IF;
    v_jobs := attend_HASH(v_now, 0, least(p_limit, 1) * 100, p_limit);
    FOR v_t IN
        SELECT job, task FROM tasks
        WHERE state = 2 /* running */ AND deadline <= v_now AND job = ANY (v_jobs)
        ORDER BY deadline, job, task LIMIT p_limit
    LOOP
        PERFORM retry_HASH(v_t.job, v_t.task, 0::smallint, 0::smallint, true, NULL, v_now);
        PERFORM close_HASH(ARRAY[v_t.job], v_now);
        v_taken := v_taken + 1;
    END LOOP;
    RETURN jsonb_build_array('ok', woken_HASH(), v_taken, (v_taken > 0 AND EXISTS (
        SELECT 1 FROM tasks WHERE state = 2 /* running */ AND deadline <= v_now
    ))::integer, trash_waits_HASH(v_now)::integer, log_is_long_HASH(v_now)::integer);
END $$;
