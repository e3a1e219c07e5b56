-- purpose: parts of taking in whole jobs
-- params: as in import_bulk
-- cost: the ids, or the tasks
CREATE FUNCTION bulk_streams_HASH(p_streams uuid[]) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    v_streams bigint[];
BEGIN
    SELECT array_agg((SELECT stream FROM streams WHERE id = u.id) ORDER BY place) INTO v_streams
    FROM unnest(p_streams) WITH ORDINALITY AS u (id, place);
    -- One that is not there leaves a gap.
    RETURN CASE WHEN array_position(v_streams, NULL) IS NULL THEN coalesce(v_streams, '{}') END;
END $$;

-- Whether a job is there by its id or its age, or something of a deleted one.
CREATE FUNCTION bulk_known_HASH(p_ages bigint[], p_ids uuid[]) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RETURN EXISTS (SELECT 1 FROM jobs WHERE job = ANY (p_ages))
        OR EXISTS (SELECT 1 FROM jobs WHERE id = ANY (p_ids))
        OR EXISTS (SELECT 1 FROM trash WHERE job = ANY (p_ages));
END $$;

CREATE FUNCTION bulk_tasks_HASH(
    p_streams bigint[], p_job bigint[], p_task integer[], p_of integer[], p_state smallint[], p_waiting integer[],
    p_flags smallint[], p_max_retries integer[], p_retries integer[], p_losses integer[], p_attempt bigint[],
    p_timeout integer[], p_progress real[], p_start_at bigint[], p_error bytea[], p_created bigint[],
    p_started bigint[], p_updated bigint[], p_backoff_first bigint[], p_backoff_cap bigint[],
    p_backoff_jitter smallint[], p_max_losses bigint[], p_start_by bigint[]
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tasks (
        job, task, stream, state, waiting_on, optional, tolerated, run_if, max_retries, retries, losses, attempt,
        timeout_secs, progress, start_at, error, created_at, started_at, updated_at, backoff_first, backoff_cap,
        backoff_jitter, max_losses, start_by
    )
    SELECT job, task, p_streams[place], own, waits, flags & 1 > 0, flags & 2 > 0, flags >> 2, max_retries, retries,
        losses, attempt, timeout, progress, start_at, error, created, started, updated, backoff_first, backoff_cap,
        backoff_jitter, max_losses, start_by
    FROM unnest(
        p_job, p_task, p_of, p_state, p_waiting, p_flags, p_max_retries, p_retries, p_losses, p_attempt, p_timeout,
        p_progress, p_start_at, p_error, p_created, p_started, p_updated, p_backoff_first, p_backoff_cap,
        p_backoff_jitter, p_max_losses, p_start_by
    ) AS u (
        job, task, place, own, waits, flags, max_retries, retries, losses, attempt, timeout, progress, start_at,
        error, created, started, updated, backoff_first, backoff_cap, backoff_jitter, max_losses, start_by
    );
END $$;

-- Later jobs are younger than all that were taken in.
CREATE FUNCTION reserve_jobs_HASH() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM setval('job_ages', top, true) FROM (SELECT max(job) AS top FROM jobs) AS j
    WHERE top IS NOT NULL AND top >= (SELECT last_value FROM job_ages);
END $$;
