-- purpose: put back what a worker holds, in steps
-- params: p_now the clock or null, p_worker, p_limit the most tasks of this step
-- cost: the live claims
CREATE FUNCTION release_worker_HASH(p_now bigint, p_worker text, p_limit integer) RETURNS jsonb
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_gate smallint := enter_HASH(false);
    v_now bigint;
    v_jobs bigint[];
    v_t record;
    v_n integer := 0;
BEGIN
    IF v_gate = 2 THEN
        RETURN jsonb_build_array('closed', v_gate);
    END IF;
    v_jobs := ARRAY(
        SELECT job FROM tasks WHERE state = 2 /* running */ AND worker_id = p_worker
        ORDER BY job, task LIMIT p_limit
    );
    PERFORM 1 FROM jobs WHERE job = ANY (v_jobs) ORDER BY job FOR UPDATE;
    v_now := moment_HASH(p_now);
    FOR v_t IN
        SELECT t.job, t.task, j.state AS job_state FROM tasks AS t JOIN jobs AS j ON j.job = t.job
        WHERE t.state = 2 /* running */ AND t.worker_id = p_worker AND t.job = ANY (v_jobs)
        ORDER BY t.job, t.task LIMIT p_limit
    LOOP
        PERFORM release_HASH(v_t.job, v_t.task, v_t.job_state, v_now);
        v_n := v_n + 1;
    END LOOP;
    RETURN jsonb_build_array('ok', woken_HASH(), v_n, (cardinality(v_jobs) = p_limit)::integer);
END $$;
