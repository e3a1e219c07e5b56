-- purpose: end tasks as done, with what follows for their dependants
-- params: arrays of one length, each task once; p_closing is 1 for a claim that was carried; jobs locked
-- cost: one row for each task and each dependant
CREATE FUNCTION finish_HASH(
    p_jobs bigint[], p_tasks integer[], p_closing smallint[], p_outputs text[], p_now bigint
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_moves move[];
    v_job bigint;
BEGIN
    IF logs_all_HASH() THEN
        PERFORM log_HASH(p_now, 4 /* event done */, p_jobs, p_tasks);
    END IF;
    WITH entry AS (
        SELECT e.*, t.stream, t.state AS was, greatest(p_now, j.updated_at) AS at
        FROM unnest(p_jobs, p_tasks, p_closing, p_outputs) AS e (job, task, closing, output)
        JOIN tasks AS t ON t.job = e.job AND t.task = e.task
        JOIN jobs AS j ON j.job = e.job
    ), ended AS (
        UPDATE tasks AS t
        SET state = 3 /* done */, tolerated = false, error = NULL, updated_at = e.at, lease = NULL,
            lease_end = NULL, work_deadline = NULL, deadline = NULL,
            closing = CASE WHEN e.was = 2 THEN e.closing ELSE t.closing END
        FROM entry AS e WHERE t.job = e.job AND t.task = e.task
    ), kept AS (
        INSERT INTO outputs (job, task, body) SELECT job, task, output FROM entry
    )
    SELECT array_agg(ROW(job, stream, was, 3, n, 0)::move) INTO v_moves FROM (
        SELECT job, stream, was, count(*) AS n FROM entry GROUP BY job, stream, was
    ) AS moved;
    PERFORM shift_HASH(v_moves, p_now);
    FOR v_job IN
        SELECT DISTINCT e.job FROM unnest(p_jobs, p_tasks) AS e (job, task)
        WHERE EXISTS (SELECT 1 FROM edges AS g WHERE g.job = e.job AND g.pre = e.task)
    LOOP
        PERFORM settle_HASH(v_job, ARRAY(
            SELECT e.task FROM unnest(p_jobs, p_tasks) AS e (job, task) WHERE e.job = v_job
        ), p_now);
    END LOOP;
END $$;
