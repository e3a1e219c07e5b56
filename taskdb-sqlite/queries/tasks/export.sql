-- purpose: tasks of a job by age with everything, for an export
-- params: ?1 ns, ?2 job, ?3 after, ?4 limit
-- cost: the rows returned
SELECT t.task, t.name, t.stream, t.state, t.waiting_on, t.optional, t.run_if, t.tolerated, t.max_retries,
    t.retries, t.losses, t.attempt, t.timeout_secs, t.progress, t.start_at, t.lease, t.lease_end,
    t.work_deadline, t.deadline, t.claim_id, t.worker_id, t.closing, t.error, t.created_at, t.started_at,
    t.updated_at, t.backoff_first, t.backoff_cap, t.backoff_jitter, t.max_losses, t.start_by,
    d.prerequisites, d.body, o.body
FROM tasks AS t
JOIN definitions AS d ON d.ns = t.ns AND d.job = t.job AND d.task = t.task
LEFT JOIN outputs AS o ON o.ns = t.ns AND o.job = t.job AND o.task = t.task
WHERE t.ns = ?1 AND t.job = ?2 AND t.task > ?3 ORDER BY t.task LIMIT ?4
