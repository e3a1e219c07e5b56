-- purpose: hand out the oldest ready task of a lane
-- params: ?1 ns, ?2 job, ?3 stream, ?4 claim id, ?5 worker, ?6 lease, ?7 clock, ?8 time of the job
-- cost: one row
UPDATE tasks
SET state = 2 /* running */, attempt = attempt + 1, claim_id = ?4, worker_id = ?5, closing = 0,
    lease = ?6, lease_end = ?7 + ?6,
    work_deadline = ?7 + timeout_secs * 1000000,
    deadline = min(?7 + timeout_secs * 1000000, ?7 + coalesce(?6, timeout_secs * 1000000)),
    started_at = ?8, updated_at = ?8
WHERE ns = ?1 AND job = ?2 AND task = (
    SELECT task FROM tasks INDEXED BY tasks_active
    WHERE ns = ?1 AND job = ?2 AND stream = ?3 AND state = 1 /* ready */
        AND state IN (1 /* ready */, 2 /* running */)
    ORDER BY task LIMIT 1
)
RETURNING task, name, attempt, retries, max_retries, timeout_secs, deadline
