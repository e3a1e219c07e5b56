-- purpose: tasks of a job by age; the job alone when there are none
-- params: $1 job id, $2 after, $3 limit, $4 states the tasks themselves have come to, or null
-- cost: the rows passed over and returned
SELECT j.state AS job_state, s.id AS stream_id, d.name, d.prerequisites, d.body, t.task, t.state, t.waiting_on,
    t.optional, t.run_if, t.tolerated, t.max_retries, t.retries, t.losses, t.attempt, t.timeout_secs, t.progress,
    t.start_at, t.lease, t.lease_end, t.work_deadline, t.deadline, t.claim_id, t.worker_id, t.error, t.created_at,
    t.started_at, t.updated_at, t.start_by, t.backoff_first, t.backoff_cap, t.backoff_jitter, t.max_losses
FROM ns.jobs AS j
LEFT JOIN LATERAL (
    SELECT * FROM ns.tasks
    WHERE tasks.job = j.job AND task > $2 AND ($4::smallint IS NULL OR $4 = CASE
        WHEN tasks.state <= 1 /* ready */ AND j.state >= 2 /* job failed */ THEN 5 /* cancelled */
        ELSE tasks.state
    END)
    ORDER BY task LIMIT $3
) AS t ON true
LEFT JOIN ns.definitions AS d ON d.job = t.job AND d.task = t.task
LEFT JOIN ns.streams AS s ON s.stream = t.stream
WHERE j.id = $1 ORDER BY t.task
