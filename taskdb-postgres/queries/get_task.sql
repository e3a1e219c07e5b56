-- purpose: one task by its name, with the state of its job; the job alone when there is no such task
-- params: $1 job id, $2 name
-- cost: one row
SELECT j.state AS job_state, s.id AS stream_id, d.name, d.prerequisites, d.body, t.task, t.state, t.waiting_on,
    t.optional, t.run_if, t.tolerated, t.max_retries, t.retries, t.losses, t.attempt, t.timeout_secs, t.progress,
    t.start_at, t.lease, t.lease_end, t.work_deadline, t.deadline, t.claim_id, t.worker_id, t.error, t.created_at,
    t.started_at, t.updated_at, t.start_by, t.backoff_first, t.backoff_cap, t.backoff_jitter, t.max_losses
FROM ns.jobs AS j
LEFT JOIN ns.definitions AS d ON d.job = j.job AND d.name = $2
LEFT JOIN ns.tasks AS t ON t.job = d.job AND t.task = d.task
LEFT JOIN ns.streams AS s ON s.stream = t.stream
WHERE j.id = $1
