-- purpose: count a lost claim of a task that fails by it
-- params: ?1 ns, ?2 job, ?3 task
-- cost: one row
UPDATE tasks SET losses = losses + 1 WHERE ns = ?1 AND job = ?2 AND task = ?3
