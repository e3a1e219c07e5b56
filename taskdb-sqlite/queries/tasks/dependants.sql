-- purpose: the next dependants of a task
-- params: ?1 ns, ?2 job, ?3 prerequisite, ?4 after, ?5 upto, ?6 limit
-- cost: the dependants returned
SELECT task, name, stream, state, waiting_on, optional, run_if, tolerated, max_retries, retries, losses,
    attempt, timeout_secs, progress, start_at, lease, lease_end, work_deadline, deadline,
    claim_id, worker_id, closing, error, created_at, started_at, updated_at
FROM tasks WHERE ns = ?1 AND job = ?2 AND task IN (
    SELECT post FROM edges
    WHERE ns = ?1 AND job = ?2 AND pre = ?3 AND post > ?4 AND post < ?5
    ORDER BY post LIMIT ?6
)
ORDER BY task
