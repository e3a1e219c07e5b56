-- purpose: end running jobs of which nothing can still change
-- params: p_jobs locked, p_now the clock
-- cost: one row for each job; the tasks of a job that ends with failures left
CREATE FUNCTION close_HASH(p_jobs bigint[], p_now bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_job bigint;
    v_done bigint[];
BEGIN
    WITH done AS (
        UPDATE jobs SET state = 1 /* job done */, updated_at = greatest(updated_at, p_now)
        WHERE job = ANY (p_jobs) AND state = 0 /* job running */ AND open = 0 AND hard = 0
        RETURNING job
    )
    SELECT array_agg(job) INTO v_done FROM done;
    IF v_done IS NOT NULL THEN
        PERFORM log_HASH(p_now, 4 /* event done */, v_done, NULL);
    END IF;
    FOR v_job IN
        SELECT job FROM jobs AS j
        WHERE job = ANY (p_jobs) AND state = 0 /* job running */ AND hard > 0
            AND (open = 0 OR NOT can_move_HASH(j.job))
    LOOP
        PERFORM fail_job_HASH(v_job, p_now, (
            SELECT error FROM tasks
            WHERE job = v_job AND state IN (4 /* failed */, 5 /* cancelled */) AND NOT tolerated
            ORDER BY updated_at, task LIMIT 1
        ));
    END LOOP;
END $$;

-- Whether a task is ready, running or delayed, or a release is under way.
CREATE FUNCTION can_move_HASH(p_job bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RETURN EXISTS (SELECT 1 FROM lanes WHERE job = p_job AND ready + running > 0)
        OR EXISTS (SELECT 1 FROM delayed WHERE job = p_job)
        OR EXISTS (SELECT 1 FROM releases WHERE job = p_job);
END $$;

CREATE FUNCTION fail_job_HASH(p_job bigint, p_now bigint, p_error bytea) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE jobs SET state = 2 /* job failed */, error = p_error, updated_at = greatest(updated_at, p_now)
    WHERE job = p_job;
    PERFORM stop_HASH(p_job, true);
    PERFORM log_HASH(p_now, 5 /* event failed */, ARRAY[p_job], NULL, p_error);
END $$;
