-- purpose: a task by its name
-- params: ?1 ns, ?2 job, ?3 name
-- cost: one lookup
SELECT task, name, stream, state, waiting_on, optional, run_if, tolerated, max_retries, retries, losses,
    attempt, timeout_secs, progress, start_at, lease, lease_end, work_deadline, deadline,
    claim_id, worker_id, closing, error, created_at, started_at, updated_at,
    backoff_first, backoff_cap, backoff_jitter, max_losses, start_by
FROM tasks WHERE ns = ?1 AND job = ?2 AND name = ?3
