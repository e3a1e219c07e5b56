-- purpose: the running task that a claim id holds
-- params: ?1 ns, ?2 claim id
-- cost: one lookup
SELECT job, task, stream, name, attempt, retries, max_retries, timeout_secs, deadline
FROM tasks INDEXED BY tasks_claimed
WHERE ns = ?1 AND claim_id = ?2 AND state = 2 /* running */
