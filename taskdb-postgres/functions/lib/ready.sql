-- purpose: make pending tasks ready
-- params: p_job locked, p_tasks pending, p_now the clock
-- cost: one row for each task
CREATE FUNCTION make_ready_HASH(p_job bigint, p_tasks integer[], p_now bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_at bigint := touch_HASH(p_job, p_now);
    v_moves move[];
BEGIN
    IF logs_all_HASH() THEN
        PERFORM log_HASH(p_now, 1 /* event ready */, ARRAY[p_job], p_tasks);
    END IF;
    WITH started AS (
        UPDATE tasks SET state = 1 /* ready */, start_at = NULL, updated_at = v_at
        WHERE job = p_job AND task = ANY (p_tasks)
        RETURNING stream
    )
    SELECT array_agg(ROW(p_job, stream, 0, 1, n, 0)::move) INTO v_moves
    FROM (SELECT stream, count(*) AS n FROM started GROUP BY stream) AS moved;
    IF v_moves IS NOT NULL THEN
        PERFORM shift_HASH(v_moves, p_now);
    END IF;
END $$;

-- Makes delayed tasks of locked jobs ready whose time has come, earliest first, ties by age, at most 100.
CREATE FUNCTION promote_HASH(p_jobs bigint[], p_now bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_job bigint;
    v_tasks integer[];
BEGIN
    FOR v_job, v_tasks IN
        WITH due AS (
            DELETE FROM delayed AS d USING (
                SELECT * FROM delayed WHERE start_at <= p_now ORDER BY start_at, job, task LIMIT 100
            ) AS x
            WHERE d.start_at = x.start_at AND d.job = x.job AND d.task = x.task AND d.job = ANY (p_jobs)
            RETURNING d.start_at, d.job, d.task
        )
        -- A stopped job lists its delayed tasks again when it is replayed.
        SELECT j.job, array_agg(t.task)
        FROM due JOIN jobs AS j ON j.job = due.job AND j.state = 0 /* job running */
        JOIN tasks AS t ON t.job = due.job AND t.task = due.task AND t.state = 0 /* pending */
            AND t.waiting_on = 0 AND t.start_at = due.start_at
        GROUP BY j.job
    LOOP
        PERFORM make_ready_HASH(v_job, v_tasks, p_now);
    END LOOP;
END $$;
