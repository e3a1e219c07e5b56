-- purpose: raise the progress of a running task and count its timeout anew
-- params: ?1 ns, ?2 job, ?3 task, ?4 progress, ?5 time of the job, ?6 end of work, ?7 deadline
-- cost: one row
UPDATE tasks
SET progress = ?4, updated_at = ?5, work_deadline = ?6, deadline = ?7
WHERE ns = ?1 AND job = ?2 AND task = ?3
