-- purpose: make a task
-- params: ?1 ns, ?2 job, ?3 task, ?4 name, ?5 stream, ?6 state, ?7 waiting_on, ?8 optional, ?9 run_if, ?10 tolerated, ?11 max_retries, ?12 timeout_secs, ?13 start_at, ?14 error, ?15 now, ?16 to ?18 backoff, ?19 max_losses, ?20 start_by
-- cost: one row
INSERT INTO tasks (
    ns, job, task, name, stream, state, waiting_on, optional, run_if, tolerated, max_retries,
    timeout_secs, start_at, error, created_at, updated_at,
    backoff_first, backoff_cap, backoff_jitter, max_losses, start_by
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?15, ?16, ?17, ?18, ?19, ?20)
