-- purpose: tasks of some jobs by age with everything, for an export
-- params: $1 jobs, $2 after which task of each, $3 limit, $4 whether what is derived is wanted, $5 bytes of
--   definitions and outputs after which no more are returned
-- cost: the rows returned
SELECT t.job, j.state AS job_state, s.id AS stream_id, d.name, d.prerequisites, d.body, o.body AS output, t.task,
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
    SELECT x.job, x.task, x.place, sum(x.bytes) OVER (ORDER BY x.place, x.task) - x.bytes AS before
    FROM (
        SELECT w.place, t.job, t.task, octet_length(d.body) + coalesce(octet_length(o.body), 0) AS bytes
        FROM unnest($1::bigint[]) WITH ORDINALITY AS w (job, place)
        CROSS JOIN LATERAL (
            SELECT job, task FROM ns.tasks AS t WHERE t.job = w.job AND t.task > $2 ORDER BY t.task LIMIT $3
        ) AS t
        JOIN ns.definitions AS d ON d.job = t.job AND d.task = t.task
        LEFT JOIN ns.outputs AS o ON o.job = t.job AND o.task = t.task
        ORDER BY w.place, t.task LIMIT $3
    ) AS x
) AS page
JOIN ns.tasks AS t ON t.job = page.job AND t.task = page.task
JOIN ns.definitions AS d ON d.job = page.job AND d.task = page.task
JOIN ns.jobs AS j ON j.job = page.job
JOIN ns.streams AS s ON s.stream = t.stream
LEFT JOIN ns.outputs AS o ON o.job = page.job AND o.task = page.task
WHERE page.before < $5 ORDER BY page.place, t.task
