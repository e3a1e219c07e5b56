-- purpose: write down what happens, as far as the event log takes it
-- params: p_now the clock; p_kind as EventKind numbers it; p_jobs locked, or new; p_tasks null for what happens to the
--   jobs, else of the same length, or all of one job; p_detail an error, a reason or a number. Tasks tell their worker
--   if they run, or p_ran says that they did
-- cost: one row for each event
CREATE FUNCTION log_HASH(
    p_now bigint, p_kind integer, p_jobs bigint[], p_tasks integer[], p_detail bytea DEFAULT NULL,
    p_ran boolean DEFAULT false
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_level integer := current_setting('taskdb.events');
    v_ends_badly boolean := p_kind IN (5 /* event failed */, 6 /* event retried */, 7 /* event cancelled */);
BEGIN
    IF v_level = 0 /* off */ OR v_level = 1 /* essential */ AND p_tasks IS NOT NULL AND NOT v_ends_badly
        OR cardinality(p_tasks) = 0 THEN
        RETURN;
    END IF;
    INSERT INTO events (xid, at, kind, job_id, task_id, attempt, worker_id, detail)
    SELECT event_xid_HASH(), p_now, p_kind, j.id, d.name, nullif(t.attempt, 0),
        CASE WHEN p_ran OR t.state = 2 /* running */ THEN t.worker_id END, p_detail
    FROM unnest(p_jobs, p_tasks) WITH ORDINALITY AS e (job, task, place)
    CROSS JOIN LATERAL (SELECT job, id FROM jobs WHERE job = coalesce(e.job, p_jobs[1]) OFFSET 0) AS j
    LEFT JOIN LATERAL (SELECT * FROM tasks WHERE job = j.job AND task = e.task OFFSET 0) AS t ON true
    LEFT JOIN LATERAL (SELECT name FROM definitions WHERE job = j.job AND task = e.task OFFSET 0) AS d ON true
    ORDER BY e.place;
END $$;

-- The transaction of events. Jobs that they tell of are locked, or new, so whatever they come after has ended.
CREATE FUNCTION event_xid_HASH() RETURNS xid8 LANGUAGE sql AS $$
    SELECT greatest(pg_current_xact_id(), (pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1)::text::xid8)
$$;

-- Whether the log takes all; else a task that goes well says nothing.
CREATE FUNCTION logs_all_HASH() RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT current_setting('taskdb.events') = '2'
$$;

-- Tells of running tasks that were finished, and of jobs that have nothing left to do.
CREATE FUNCTION log_finished_HASH(p_now bigint, p_jobs bigint[], p_tasks integer[], p_over bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM log_HASH(p_now, 4 /* event done */, p_jobs, p_tasks, NULL, true);
    PERFORM log_HASH(p_now, 4 /* event done */, p_over, NULL);
END $$;

-- Tells of tasks that were made; p_again whether the job was done before.
CREATE FUNCTION log_created_HASH(p_now bigint, p_job bigint, p_again boolean, p_tasks integer[], p_states smallint[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF p_again THEN
        PERFORM log_HASH(p_now, 6 /* event retried */, ARRAY[p_job], NULL, 'new tasks');
    END IF;
    PERFORM log_HASH(p_now, 0 /* event created */, ARRAY[p_job], p_tasks);
    PERFORM log_HASH(p_now, k.kind, ARRAY[p_job], ARRAY(
        SELECT task FROM unnest(p_tasks, p_states) AS e (task, first_state) WHERE first_state = k.first_state ORDER BY task
    ))
    FROM (VALUES (1 /* event ready */, 1 /* ready */), (7 /* event cancelled */, 5 /* cancelled */))
        AS k (kind, first_state);
END $$;
