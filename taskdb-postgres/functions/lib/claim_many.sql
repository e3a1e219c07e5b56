-- purpose: what claim does, for any number of tasks in one statement
-- params: as claim
-- cost: one row for each task, lane, job and stream, and the changes since the last claim
CREATE FUNCTION claim_many_HASH(
    p_type text, p_plan picked[], p_places integer[], p_workers text[], p_leases bigint[], p_claims uuid[], p_now bigint
) RETURNS TABLE (
    place integer, header jsonb, job_id uuid, class smallint, stream_id uuid, name text, attempt bigint,
    definition text, prerequisites text[], max_retries integer, retries integer, timeout_secs integer, deadline bigint
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    -- Jobs and streams are looked up once each, and found again by their rank.
    RETURN QUERY WITH j AS MATERIALIZED (
        SELECT array_agg(id ORDER BY job) AS ids, array_agg(greatest(p_now, updated_at) ORDER BY job) AS ats
        FROM jobs WHERE job = ANY (ARRAY(SELECT DISTINCT job FROM unnest(p_plan)))
    ), s AS MATERIALIZED (
        SELECT array_agg(id ORDER BY stream) AS ids FROM streams
        WHERE stream = ANY (ARRAY(SELECT DISTINCT stream FROM unnest(p_plan)))
    ), p AS MATERIALIZED (
        SELECT x.job, x.task, x.stream, x.class, x.place, p_workers[place] AS worker, p_leases[place] AS lease,
            p_claims[place] AS claim, j.ats[x.j] AS at, j.ids[x.j] AS id, s.ids[x.s] AS stream_id
        FROM (
            SELECT *, dense_rank() OVER (ORDER BY job) AS j, dense_rank() OVER (ORDER BY stream) AS s
            FROM unnest(p_plan, p_places[: cardinality(p_plan)]) AS x (job, task, stream, class, version, place)
        ) AS x CROSS JOIN j CROSS JOIN s
    ), claimed AS (
        UPDATE tasks AS t
        SET state = 2 /* running */, attempt = t.attempt + 1, claim_id = p.claim, worker_id = p.worker,
            closing = 0, lease = p.lease, lease_end = later_HASH(p_now, p.lease),
            work_deadline = p_now + t.timeout_secs * 1000000::bigint,
            deadline = p_now + least(t.timeout_secs * 1000000::bigint, p.lease), started_at = p.at, updated_at = p.at
        FROM p WHERE t.job = p.job AND t.task = p.task RETURNING p.place, p.id, p.class, p.stream_id, t.job, t.task,
            t.attempt, t.max_retries, t.retries, t.timeout_secs, t.deadline
    ), lane AS (
        UPDATE lanes AS l SET ready = l.ready - c.n, running = l.running + c.n, first = c.last + 1
        FROM (SELECT job, stream, count(*) AS n, max(task) AS last FROM p GROUP BY job, stream) AS c
        WHERE l.job = c.job AND l.stream = c.stream
    ), touched AS (
        UPDATE jobs AS j SET started_at = coalesce(j.started_at, c.at), updated_at = c.at
        FROM (SELECT DISTINCT job, at FROM p) AS c WHERE j.job = c.job
    ), gone AS (
        DELETE FROM stream_deltas WHERE worker_type = p_type RETURNING stream, priority, pending, ready, running
    ), counted AS (
        UPDATE streams AS s
        SET pending = s.pending + c.pending, running = s.running + c.running, ready_high = s.ready_high + c.high,
            ready_medium = s.ready_medium + c.medium, ready_low = s.ready_low + c.low
        -- An array, for whatever the planner takes for a few is looked up one by one.
        FROM unnest(ARRAY(
            SELECT ROW(stream, sum(pending)::bigint, sum(running)::bigint, sum(ready * (priority = 0)::integer)::bigint,
                sum(ready * (priority = 1)::integer)::bigint, sum(ready * (priority = 2)::integer)::bigint)
            FROM (SELECT * FROM gone UNION ALL SELECT stream, class, 0, -1, 1 FROM p) AS moved GROUP BY stream
        )) AS c (stream bigint, pending bigint, running bigint, high bigint, medium bigint, low bigint)
        WHERE s.stream = c.stream
    )
    SELECT c.place, NULL::jsonb, c.id, c.class, c.stream_id, d.name, c.attempt, d.body, d.prerequisites, c.max_retries,
        c.retries, c.timeout_secs, c.deadline FROM claimed AS c JOIN definitions AS d ON d.job = c.job AND d.task = c.task;
END $$;
