-- purpose: the oldest jobs of a finished state that are not kept
-- params: ?1 ns, ?2 state, ?3 limit
-- cost: the rows returned and the kept jobs before them
SELECT job, updated_at FROM jobs INDEXED BY jobs_by_state
WHERE ns = ?1 AND state = ?2 AND keep = 0
ORDER BY job LIMIT ?3
