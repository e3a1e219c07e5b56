-- purpose: the oldest jobs that are done
-- params: ?1 ns, ?2 below this age, ?3 limit
-- cost: the rows returned
SELECT job FROM jobs INDEXED BY jobs_by_state
WHERE ns = ?1 AND state = 1 /* job done */ AND job < ?2
ORDER BY job LIMIT ?3
