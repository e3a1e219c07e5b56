-- purpose: write a task that another store has exported
-- params: ?1 ns, ?2 job, then the columns of a task in their order
-- cost: one row
INSERT INTO tasks (
    ns, job, task, name, stream, state, waiting_on, optional, run_if, tolerated, max_retries, retries, losses,
    attempt, timeout_secs, progress, start_at, lease, lease_end, work_deadline, deadline,
    claim_id, worker_id, closing, error, created_at, started_at, updated_at,
    backoff_first, backoff_cap, backoff_jitter, max_losses, start_by
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,
    ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28,
    ?29, ?30, ?31, ?32, ?33)
