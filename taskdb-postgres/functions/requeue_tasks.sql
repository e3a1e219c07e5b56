-- purpose: take away claims whose deadline has come, earliest first, ties by age; carry on interrupted releases
-- params: p_now the clock or null, p_limit the most claims of this step
-- cost: the claims taken, up to 500 dependants
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
    IF EXISTS (SELECT 1 FROM releases) THEN
        PERFORM help_HASH(v_now);
    END IF;
    v_jobs := ARRAY(
        SELECT job FROM tasks WHERE state = 2 /* running */ AND deadline <= v_now
        ORDER BY deadline, job, task LIMIT p_limit
    );
    PERFORM 1 FROM jobs WHERE job = ANY (v_jobs) ORDER BY job FOR UPDATE;
    FOR v_t IN
        SELECT job, task FROM tasks
        WHERE state = 2 /* running */ AND deadline <= v_now AND job = ANY (v_jobs)
        ORDER BY deadline, job, task LIMIT p_limit
    LOOP
        PERFORM retry_HASH(v_t.job, v_t.task, 0::smallint, 0::smallint, true, NULL, v_now);
        PERFORM close_HASH(ARRAY[v_t.job], v_now);
        v_taken := v_taken + 1;
    END LOOP;
    RETURN jsonb_build_array('ok', woken_HASH(), v_taken, (cardinality(v_jobs) = p_limit)::integer);
END $$;
