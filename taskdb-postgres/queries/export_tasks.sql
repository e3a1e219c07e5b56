-- purpose: tasks of a job by age with everything, for an export
-- params: $1 job, $2 after, $3 limit, $4 whether what is derived is wanted
-- cost: the rows returned
SELECT j.id AS job_id, j.state AS job_state, s.id AS stream_id, d.name, d.prerequisites, d.body, o.body AS output, t.task,
    t.state, t.waiting_on, t.optional, t.run_if, t.tolerated, t.max_retries, t.retries, t.losses, t.attempt,
    t.timeout_secs, t.progress, t.start_at, t.lease, t.lease_end, t.work_deadline, t.deadline, t.claim_id,
    t.worker_id, t.error, t.created_at, t.started_at, t.updated_at,
    CASE WHEN $4 THEN ARRAY(
        SELECT post::bigint FROM ns.edges AS e WHERE e.job = t.job AND e.pre = t.task ORDER BY post
    ) END AS dependants,
    t.state = 1 /* ready */ AND EXISTS (
        SELECT 1 FROM ns.lanes AS l WHERE l.job = t.job AND l.stream = t.stream AND l.claimable
    ) AS indexed
FROM ns.jobs AS j
JOIN ns.tasks AS t ON t.job = j.job
JOIN ns.definitions AS d ON d.job = t.job AND d.task = t.task
JOIN ns.streams AS s ON s.stream = t.stream
LEFT JOIN ns.outputs AS o ON o.job = t.job AND o.task = t.task
WHERE t.job = $1 AND t.task > $2 ORDER BY t.task LIMIT $3
