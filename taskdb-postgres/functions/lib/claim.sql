-- purpose: make planned tasks running
-- params: p_plan with its jobs locked; p_places which claims they get, in order; the rest as request_work
-- cost: one row for each task, lane, job and stream
CREATE FUNCTION claim_HASH(
    p_plan picked[], p_places integer[], p_workers text[], p_leases bigint[], p_claims uuid[], p_now bigint
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH p AS (
        SELECT x.job, x.task, x.stream, x.class, p_workers[place] AS worker, p_leases[place] AS lease,
            p_claims[place] AS claim, greatest(p_now, j.updated_at) AS at
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
    ), lane AS (
        UPDATE lanes AS l SET ready = l.ready - c.n, running = l.running + c.n
        FROM (SELECT job, stream, count(*) AS n FROM p GROUP BY job, stream) AS c
        WHERE l.job = c.job AND l.stream = c.stream
    ), touched AS (
        UPDATE jobs AS j SET started_at = coalesce(j.started_at, c.at), updated_at = c.at
        FROM (SELECT DISTINCT job, at FROM p) AS c WHERE j.job = c.job
    )
    UPDATE streams AS s
    SET running = s.running + c.n, ready_high = s.ready_high - c.n * (c.class = 0)::integer,
        ready_medium = s.ready_medium - c.n * (c.class = 1)::integer,
        ready_low = s.ready_low - c.n * (c.class = 2)::integer
    FROM (SELECT stream, class, count(*) AS n FROM p GROUP BY stream, class) AS c WHERE s.stream = c.stream;
END $$;

-- Locks the jobs of a plan; false when one of them has changed since.
CREATE FUNCTION lock_plan_HASH(p_plan picked[]) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_jobs bigint[] := ARRAY(SELECT DISTINCT p.job FROM unnest(p_plan) AS p);
    v_versions text[];
BEGIN
    v_versions := ARRAY(SELECT job || ' ' || xmin FROM jobs WHERE job = ANY (v_jobs) ORDER BY job FOR UPDATE);
    RETURN NOT EXISTS (
        SELECT 1 FROM unnest(p_plan) AS p WHERE p.job || ' ' || p.version <> ALL (v_versions)
    );
END $$;

-- What any claim sees to first: interrupted releases, delayed tasks that are due.
CREATE FUNCTION tidy_HASH(p_now bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM releases) THEN
        PERFORM help_HASH(p_now);
    END IF;
    IF EXISTS (SELECT 1 FROM delayed WHERE start_at <= p_now) THEN
        PERFORM promote_HASH(p_now);
    END IF;
END $$;
