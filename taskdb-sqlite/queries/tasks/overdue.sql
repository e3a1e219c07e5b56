-- purpose: tasks that nobody has started in time, earliest first
-- params: ?1 ns, ?2 clock, ?3 limit
-- cost: the rows returned
SELECT job, task FROM tasks INDEXED BY tasks_start_by
WHERE ns = ?1 AND start_by <= ?2 AND attempt = 0
    AND state IN (0 /* pending */, 1 /* ready */) AND start_by IS NOT NULL
ORDER BY start_by, job, task LIMIT ?3
