-- purpose: the claims of a worker
-- params: ?1 ns, ?2 worker, ?3 limit
-- cost: the rows returned
SELECT job, task FROM tasks INDEXED BY tasks_held
WHERE ns = ?1 AND state = 2 /* running */ AND worker_id = ?2
ORDER BY job, task LIMIT ?3
