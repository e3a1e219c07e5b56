-- purpose: tasks of some jobs by age with everything, for an export
-- params: $1 jobs, $2 after which task of each, $3 limit, $4 whether what is derived is wanted, $5 bytes of
--   definitions and outputs after which no more are returned
-- cost: the rows returned; each is looked up by its key, whatever the planner knows of the tables
SELECT t.job, t.job_state, s.id AS stream_id, t.name, t.prerequisites, t.body, t.output, t.task,
    t.state, t.waiting_on, t.optional, t.run_if, t.tolerated, t.max_retries, t.retries, t.losses, t.attempt,
    t.timeout_secs, t.progress, t.start_at, t.lease, t.lease_end, t.work_deadline, t.deadline, t.claim_id,
    t.worker_id, t.error, t.created_at, t.started_at, t.updated_at, t.start_by,
    t.backoff_first, t.backoff_cap, t.backoff_jitter, t.max_losses,
    CASE WHEN $4 THEN ARRAY(
        SELECT post::bigint FROM ns.edges AS e WHERE e.job = t.job AND e.pre = t.task ORDER BY post
    ) END AS dependants,
    $4 AND t.state = 1 /* ready */ AND EXISTS (
        SELECT 1 FROM ns.lanes AS l WHERE l.job = t.job AND l.stream = t.stream AND l.claimable
    ) AS indexed
FROM (
    -- What is large is passed on by reference; its size is known without reading it.
    SELECT x.*, sum(x.bytes) OVER (ORDER BY x.place, x.task) - x.bytes AS before
    FROM (
        SELECT w.place, j.state AS job_state, t.*, d.name, d.prerequisites, d.body, o.body AS output,
            octet_length(d.body) + coalesce(octet_length(o.body), 0) AS bytes
        FROM unnest($1::bigint[]) WITH ORDINALITY AS w (job, place)
        CROSS JOIN LATERAL (SELECT state FROM ns.jobs WHERE job = w.job LIMIT 1) AS j
        CROSS JOIN LATERAL (
            SELECT * FROM ns.tasks AS t WHERE t.job = w.job AND t.task > $2 ORDER BY t.task LIMIT $3
        ) AS t
        CROSS JOIN LATERAL (
            SELECT name, prerequisites, body FROM ns.definitions WHERE job = t.job AND task = t.task LIMIT 1
        ) AS d
        LEFT JOIN LATERAL (
            SELECT body FROM ns.outputs WHERE job = t.job AND task = t.task LIMIT 1
        ) AS o ON true
        ORDER BY w.place, t.task LIMIT $3
    ) AS x
) AS t
CROSS JOIN LATERAL (SELECT id FROM ns.streams WHERE stream = t.stream LIMIT 1) AS s
WHERE t.before < $5 ORDER BY t.place, t.task
