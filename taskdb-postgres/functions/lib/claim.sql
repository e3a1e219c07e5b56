-- purpose: make planned tasks running and hand them out
-- params: p_plan with its jobs locked; p_places which claims they get, in order; the rest as request_work
-- cost: one row for each task, lane, job and stream
CREATE FUNCTION claim_HASH(
    p_plan picked[], p_places integer[], p_workers text[], p_leases bigint[], p_claims uuid[], p_now bigint
) RETURNS TABLE (
    place integer, header jsonb, job_id uuid, class smallint, stream_id uuid, name text, attempt bigint,
    definition text, prerequisites text[], max_retries integer, retries integer, timeout_secs integer,
    deadline bigint
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY WITH p AS MATERIALIZED (
        SELECT x.job, x.task, x.stream, x.class, x.place, p_workers[place] AS worker, p_leases[place] AS lease,
            p_claims[place] AS claim, greatest(p_now, j.updated_at) AS at, j.id
        FROM unnest(p_plan, p_places[: cardinality(p_plan)]) AS x (job, task, stream, class, version, place)
        JOIN jobs AS j ON j.job = x.job
    ), claimed AS (
        UPDATE tasks AS t
        SET state = 2 /* running */, attempt = t.attempt + 1, claim_id = p.claim, worker_id = p.worker,
            closing = 0, lease = p.lease, lease_end = later_HASH(p_now, p.lease),
            work_deadline = p_now + t.timeout_secs * 1000000::bigint,
            deadline = p_now + least(t.timeout_secs * 1000000::bigint, p.lease),
            started_at = p.at, updated_at = p.at
        FROM p WHERE t.job = p.job AND t.task = p.task
        RETURNING p.place, p.id, p.class, t.stream, t.job, t.task, t.attempt, t.max_retries, t.retries,
            t.timeout_secs, t.deadline
    ), lane AS (
        UPDATE lanes AS l SET ready = l.ready - c.n, running = l.running + c.n
        FROM (SELECT job, stream, count(*) AS n FROM p GROUP BY job, stream) AS c
        WHERE l.job = c.job AND l.stream = c.stream
    ), touched AS (
        UPDATE jobs AS j SET started_at = coalesce(j.started_at, c.at), updated_at = c.at
        FROM (SELECT DISTINCT job, at FROM p) AS c WHERE j.job = c.job
    ), counted AS (
        UPDATE streams AS s
        SET running = s.running + c.n, ready_high = s.ready_high - c.n * (c.class = 0)::integer,
            ready_medium = s.ready_medium - c.n * (c.class = 1)::integer,
            ready_low = s.ready_low - c.n * (c.class = 2)::integer
        FROM (SELECT stream, class, count(*) AS n FROM p GROUP BY stream, class) AS c WHERE s.stream = c.stream
    )
    SELECT c.place, NULL::jsonb, c.id, c.class, s.id, d.name, c.attempt, d.body, d.prerequisites, c.max_retries,
        c.retries, c.timeout_secs, c.deadline
    FROM claimed AS c
    JOIN definitions AS d ON d.job = c.job AND d.task = c.task
    JOIN streams AS s ON s.stream = c.stream;
    IF logs_all_HASH() THEN
        PERFORM log_HASH(p_now, 2 /* event claimed */, array_agg(p.job), array_agg(p.task)) FROM unnest(p_plan) AS p;
    END IF;
END $$;
