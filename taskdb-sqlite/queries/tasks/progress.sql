-- purpose: raise the progress of a ready task
-- params: ?1 ns, ?2 job, ?3 task, ?4 progress, ?5 time of the job
-- cost: one row
UPDATE tasks SET progress = ?4, updated_at = ?5 WHERE ns = ?1 AND job = ?2 AND task = ?3
