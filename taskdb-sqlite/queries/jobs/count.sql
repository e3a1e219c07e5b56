-- purpose: write what changes of a job whose state stays
-- params: ?1 ns, ?2 job, ?3 next task, ?4 tasks, ?5 unresolved, ?6 open, ?7 hard, ?8 started, ?9 updated
-- cost: one row, no index
UPDATE jobs
SET next_task = ?3, tasks = ?4, unresolved = ?5, open = ?6, hard = ?7, started_at = ?8, updated_at = ?9
WHERE ns = ?1 AND job = ?2
