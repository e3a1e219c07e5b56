-- purpose: claims that have expired, earliest first
-- params: ?1 ns, ?2 clock, ?3 limit
-- cost: the rows returned
SELECT job, task FROM tasks INDEXED BY tasks_expiring
WHERE ns = ?1 AND state = 2 /* running */ AND deadline <= ?2
ORDER BY deadline, job, task LIMIT ?3
