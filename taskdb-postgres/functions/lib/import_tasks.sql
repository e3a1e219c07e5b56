-- purpose: take in the tasks of an export, deriving what is derived
-- params: p_records; the rest by the place of a record
-- cost: the tasks and their prerequisites
CREATE FUNCTION import_tasks_HASH(
    p_records record_in[], p_bodies text[], p_outputs text[], p_errors bytea[], p_prerequisites text[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_moves move[];
    v_new bigint[];
BEGIN
    PERFORM refuse_HASH(import_refusal_HASH(p_records));
    CREATE TEMPORARY TABLE IF NOT EXISTS taskdb_incoming (
        job bigint, task integer, stream bigint, prerequisites text[] COLLATE "C", r record_in
    ) ON COMMIT DROP;
    INSERT INTO taskdb_incoming
    SELECT DISTINCT ON (j.job, r.name) j.job, r.age, s.stream, p_prerequisites[r.place]::text[], r
    FROM unnest(p_records) AS r
    CROSS JOIN LATERAL (SELECT job FROM jobs WHERE id = r.job_id LIMIT 1) AS j
    CROSS JOIN LATERAL (SELECT stream FROM streams WHERE id = r.stream_id LIMIT 1) AS s
    LEFT JOIN LATERAL (
        SELECT task FROM definitions WHERE job = j.job AND name = r.name LIMIT 1
    ) AS d ON true
    WHERE r.kind = 'task' AND d.task IS NULL
    ORDER BY j.job, r.name, r.place;
    INSERT INTO definitions (job, task, name, prerequisites, body)
    SELECT job, task, (r).name, prerequisites, p_bodies[(r).place] FROM taskdb_incoming;
    INSERT INTO outputs (job, task, body)
    SELECT job, task, p_outputs[(r).place] FROM taskdb_incoming WHERE p_outputs[(r).place] IS NOT NULL;
    INSERT INTO tasks (
        job, task, stream, state, waiting_on, optional, run_if, tolerated, max_retries, retries, losses, attempt,
        timeout_secs, progress, start_at, lease, lease_end, work_deadline, deadline, claim_id, worker_id, error,
        created_at, started_at, updated_at, backoff_first, backoff_cap, backoff_jitter, max_losses, start_by
    )
    SELECT i.job, i.task, i.stream, (r).own_state, 0, (r).optional, (r).run_if, (r).tolerated, (r).max_retries,
        (r).retries, (r).losses, (r).attempt, (r).timeout_secs, (r).progress, (r).start_at, (r).lease,
        (r).lease_end, (r).work_deadline, (r).deadline, (r).claim_id, (r).worker_id, p_errors[(r).place],
        (r).created_at, (r).started_at, (r).updated_at, (r).backoff_first, (r).backoff_cap, (r).backoff_jitter,
        (r).max_losses, (r).start_by
    FROM taskdb_incoming AS i;
    PERFORM refuse_HASH(import_edges_HASH());
    INSERT INTO delayed (start_at, job, task)
    SELECT t.start_at, t.job, t.task FROM taskdb_incoming AS i JOIN tasks AS t ON t.job = i.job AND t.task = i.task
    WHERE t.state = 0 /* pending */ AND t.waiting_on = 0 AND t.start_at IS NOT NULL ON CONFLICT DO NOTHING;
    SELECT array_agg(ROW(job, stream, NULL, own, n, hard)::move) INTO v_moves FROM (
        SELECT job, stream, (r).own_state AS own, count(*) AS n,
            count(*) FILTER (WHERE (r).own_state > 3 /* done */ AND NOT (r).tolerated) AS hard
        FROM taskdb_incoming GROUP BY job, stream, (r).own_state
    ) AS moved;
    PERFORM shift_HASH(v_moves, NULL) WHERE v_moves IS NOT NULL;
    UPDATE jobs AS j SET next_task = greatest(j.next_task, i.task + 1)
    FROM (SELECT job, max(task) AS task FROM taskdb_incoming GROUP BY job) AS i WHERE j.job = i.job;
    TRUNCATE taskdb_incoming;
END $$;
