-- purpose: end a claim without ending the task
-- params: ?1 ns, ?2 job, ?3 task, ?4 state, ?5 retries, ?6 losses, ?7 progress, ?8 start_at, ?9 closing, ?10 time of the job
-- cost: one row
UPDATE tasks
SET state = ?4, retries = ?5, losses = ?6, progress = ?7, start_at = ?8, closing = ?9, lease = NULL,
    lease_end = NULL, work_deadline = NULL, deadline = NULL, updated_at = ?10
WHERE ns = ?1 AND job = ?2 AND task = ?3
