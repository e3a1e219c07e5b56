-- purpose: a pending task becomes ready
-- params: ?1 ns, ?2 job, ?3 task, ?4 time of the job
-- cost: one row
UPDATE tasks SET state = 1 /* ready */, start_at = NULL, updated_at = ?4
WHERE ns = ?1 AND job = ?2 AND task = ?3
