-- purpose: bring back tasks of a stopped job that have failed or were cancelled
-- params: p_job locked, p_tasks those to bring back, p_now the clock
-- cost: the tasks that wait or come back
CREATE FUNCTION restart_HASH(p_job bigint, p_tasks integer[], p_now bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_at bigint := touch_HASH(p_job, p_now);
    v_moves move[];
BEGIN
    UPDATE tasks AS t SET waiting_on = t.waiting_on + p.n
    FROM (
        SELECT g.post, count(*) AS n FROM edges AS g
        JOIN tasks AS pre ON pre.job = g.job AND pre.task = g.pre AND pre.tolerated
        WHERE g.job = p_job AND g.pre = ANY (p_tasks) GROUP BY g.post
    ) AS p
    WHERE t.job = p_job AND t.task = p.post AND t.run_if = 1;
    WITH old AS (
        SELECT task, stream, state AS was, tolerated FROM tasks WHERE job = p_job AND task = ANY (p_tasks)
    ), back AS (
        UPDATE tasks
        SET state = 0 /* pending */, tolerated = false, retries = 0, losses = 0, progress = 0, error = NULL,
            start_at = NULL, start_by = NULL, closing = 0, updated_at = v_at
        WHERE job = p_job AND task = ANY (p_tasks)
    )
    SELECT array_agg(ROW(p_job, stream, was, 0, n, -hard)::move) INTO v_moves FROM (
        SELECT stream, was, count(*) AS n, count(*) FILTER (WHERE NOT tolerated) AS hard
        FROM old GROUP BY stream, was
    ) AS moved;
    IF v_moves IS NOT NULL THEN
        PERFORM shift_HASH(v_moves, p_now);
    END IF;
    UPDATE jobs SET state = 0 /* job running */, error = NULL, updated_at = v_at WHERE job = p_job;
    PERFORM stop_HASH(p_job, false);
    PERFORM log_HASH(p_now, 6 /* event retried */, ARRAY[p_job], NULL, 'replayed');
    PERFORM log_HASH(p_now, 6 /* event retried */, ARRAY[p_job], p_tasks, 'replayed');
    PERFORM start_HASH(p_job, ARRAY(
        SELECT task FROM tasks WHERE job = p_job AND state = 0 /* pending */ AND waiting_on = 0 ORDER BY task
    ), p_now);
    PERFORM close_HASH(ARRAY[p_job], p_now);
END $$;

-- A stream that is needed and was deleted: that of the oldest such task.
CREATE FUNCTION deleted_stream_HASH(p_job bigint, p_tasks integer[]) RETURNS uuid LANGUAGE sql AS $$
    SELECT s.id FROM streams AS s JOIN lanes AS l ON l.stream = s.stream AND l.job = p_job
    CROSS JOIN LATERAL (
        SELECT min(t.task) AS first FROM tasks AS t
        WHERE t.job = p_job AND t.stream = s.stream AND (t.state < 3 /* done */ OR t.task = ANY (p_tasks))
    ) AS needed
    WHERE s.deleted AND needed.first IS NOT NULL ORDER BY needed.first LIMIT 1
$$;
