-- purpose: write new tasks whose place in the graph is decided
-- params: arrays of one length, p_job locked, p_now the clock
-- cost: the tasks and their prerequisites
CREATE FUNCTION insert_HASH(
    p_job bigint, p_specs task_spec[], p_tasks integer[], p_streams bigint[], p_states smallint[], p_waits integer[],
    p_now bigint
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_at bigint;
    v_was_done boolean;
    v_moves move[];
BEGIN
    SELECT greatest(p_now, updated_at), state = 1 /* job done */ INTO v_at, v_was_done FROM jobs WHERE job = p_job;
    WITH e AS (
        SELECT *, begin_HASH(p_now, e.start_at, e.delay) AS begins
        FROM unnest(p_specs, p_tasks, p_streams, p_states, p_waits) AS e (
            place, name, stream_id, body, prerequisites, max_retries, timeout_secs, optional, run_if, start_at,
            delay, rules, task, stream, first_state, waits
        )
    ), made AS (
        INSERT INTO tasks (
            job, task, stream, state, waiting_on, optional, run_if, tolerated, max_retries, timeout_secs,
            start_at, error, created_at, updated_at, backoff_first, backoff_cap, backoff_jitter, max_losses, start_by
        )
        SELECT p_job, task, stream, first_state, waits, optional, run_if, first_state = 5 /* cancelled */,
            max_retries, timeout_secs, begins, CASE WHEN first_state = 5 /* cancelled */ THEN 'cancelled'::bytea END,
            v_at, v_at, (rules).first, (rules).cap, (rules).jitter, (rules).losses, later_HASH(p_now, (rules).expires)
        FROM e ORDER BY task
    ), defined AS (
        INSERT INTO definitions (job, task, name, prerequisites, body)
        SELECT p_job, task, name, prerequisites, body FROM e ORDER BY task
    ), wait AS (
        INSERT INTO delayed (start_at, job, task)
        SELECT begins, p_job, task FROM e WHERE first_state = 0 /* pending */ AND waits = 0
    )
    SELECT array_agg(ROW(p_job, stream, NULL, first_state, n, 0)::move) INTO v_moves
    FROM (SELECT stream, first_state, count(*) AS n FROM e GROUP BY stream, first_state) AS moved;
    UPDATE jobs
    SET next_task = p_tasks[cardinality(p_tasks)] + 1,
        state = CASE WHEN state = 1 /* job done */ THEN 0 /* job running */ ELSE state END
    WHERE job = p_job;
    INSERT INTO edges (job, pre, post)
    SELECT p_job, d.task, e.task
    FROM unnest(p_specs, p_tasks) AS e (
        place, name, stream_id, body, prerequisites, max_retries, timeout_secs, optional, run_if, start_at, delay,
        rules, task
    )
    CROSS JOIN unnest(e.prerequisites) AS x (name)
    JOIN definitions AS d ON d.job = p_job AND d.name = x.name;
    PERFORM shift_HASH(v_moves, p_now);
    IF v_was_done OR 5 /* cancelled */ = ANY (p_states) OR logs_all_HASH() THEN
        PERFORM log_created_HASH(p_now, p_job, v_was_done, p_tasks, p_states);
    END IF;
END $$;
