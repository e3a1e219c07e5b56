-- purpose: forget by when a task has to start
-- params: ?1 ns, ?2 job, ?3 task
-- cost: one row
UPDATE tasks SET start_by = NULL WHERE ns = ?1 AND job = ?2 AND task = ?3
