-- purpose: delayed tasks whose time has come, earliest first
-- params: ?1 ns, ?2 clock, ?3 limit
-- cost: the rows returned
SELECT start_at, job, task FROM delayed WHERE ns = ?1 AND start_at <= ?2 ORDER BY start_at, job, task LIMIT ?3
