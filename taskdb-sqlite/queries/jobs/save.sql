-- purpose: write what changes of a job
-- params: ?1 ns, ?2 job, ?3 state, ?4 error, ?5 next task, ?6 tasks, ?7 unresolved, ?8 open, ?9 hard, ?10 started, ?11 updated
-- cost: one row
UPDATE jobs
SET state = ?3, error = ?4, next_task = ?5, tasks = ?6, unresolved = ?7, open = ?8, hard = ?9,
    started_at = ?10, updated_at = ?11
WHERE ns = ?1 AND job = ?2
