-- purpose: finish tasks at once if each is running and held as the call says, and none is there twice: then
--   no entry has a say in another; by a single statement if nothing waits for them and no job has failures
-- params: arrays of one length, jobs locked; answers 0 with nothing written, 1 for all done, 2 if releases may be left
-- cost: one row for each task and each dependant
CREATE FUNCTION finish_held_HASH(
    p_ids uuid[], p_names text[], p_claims uuid[], p_attempts bigint[], p_outputs text[], p_now bigint
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    v_all record;
BEGIN
    WITH owner AS MATERIALIZED (SELECT * FROM jobs WHERE id = ANY (p_ids)), entry AS MATERIALIZED (
        SELECT e.place, e.output, (e.claim IS NOT NULL)::integer::smallint AS closing, t.job, t.task, t.stream,
            e.claim IS NULL OR t.claim_id = e.claim AND t.attempt = e.attempt AS held, greatest(p_now, j.updated_at) AS at,
            j.state = 0 /* job running */ AND j.hard = 0
                AND (SELECT true FROM edges WHERE job = t.job AND pre = t.task LIMIT 1) IS NULL AS plain
        FROM unnest(p_ids, p_names, p_claims, p_attempts, p_outputs)
            WITH ORDINALITY AS e (id, name, claim, attempt, output, place)
        JOIN owner AS j ON j.id = e.id
        -- Without OFFSET the planner may search the whole job.
        CROSS JOIN LATERAL (SELECT task FROM definitions WHERE job = j.job AND name = e.name OFFSET 0) AS d
        CROSS JOIN LATERAL (SELECT * FROM tasks WHERE job = j.job AND task = d.task OFFSET 0) AS t
        WHERE t.state = 2 /* running */
    ), judged AS MATERIALIZED (
        SELECT array_agg(job ORDER BY place) AS jobs, array_agg(task ORDER BY place) AS tasks,
            array_agg(closing ORDER BY place) AS closings, bool_and(plain) AS plain,
            count(DISTINCT (job, task)) = cardinality(p_ids) AND bool_and(held) AS held FROM entry
    ), last AS MATERIALIZED (
        SELECT e.* FROM judged AS a CROSS JOIN entry AS e WHERE a.held AND a.plain
    ), ended AS (
        UPDATE tasks AS t
        SET state = 3 /* done */, tolerated = false, error = NULL, updated_at = e.at, lease = NULL,
            lease_end = NULL, work_deadline = NULL, deadline = NULL, closing = e.closing
        FROM last AS e WHERE t.job = e.job AND t.task = e.task
    ), kept AS (
        INSERT INTO outputs (job, task, body) SELECT job, task, output FROM last
    ), lane AS (
        UPDATE lanes AS l SET running = l.running - m.n, done = l.done + m.n
        FROM (SELECT job, stream, count(*) AS n FROM last GROUP BY job, stream) AS m
        WHERE l.job = m.job AND l.stream = m.stream RETURNING l.stream, l.priority, m.n
    ), counted AS (
        UPDATE jobs AS j
        SET unresolved = j.unresolved - m.n, open = j.open - m.n, updated_at = greatest(j.updated_at, p_now),
            state = CASE WHEN j.open = m.n THEN 1 /* job done */ ELSE j.state END
        FROM (SELECT job, count(*) AS n FROM last GROUP BY job) AS m WHERE j.job = m.job RETURNING j.job, j.state
    ), told AS (
        INSERT INTO stream_deltas (worker_type, stream, priority, pending, ready, running)
        SELECT worker_type, stream, priority, 0, 0, -sum(n) FROM lane JOIN streams USING (stream) GROUP BY 1, 2, 3
    )
    SELECT *, (SELECT array_agg(job) FROM counted WHERE state = 1 /* job done */) AS over INTO v_all FROM judged;
    IF NOT coalesce(v_all.held, false) THEN
        RETURN 0;
    ELSIF NOT v_all.plain THEN
        PERFORM finish_HASH(v_all.jobs, v_all.tasks, v_all.closings, p_outputs, p_now);
        PERFORM close_HASH(v_all.jobs, p_now);
        RETURN 2;
    ELSIF logs_all_HASH() OR v_all.over IS NOT NULL THEN
        PERFORM log_finished_HASH(p_now, v_all.jobs, v_all.tasks, v_all.over);
    END IF;
    RETURN 1;
END $$;
