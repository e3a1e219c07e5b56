-- purpose: kept outputs, for an export
-- params: ?1 ns, ?2 after job id, ?3 after name, ?4 limit, ?5 clock
-- cost: the rows returned
SELECT job_id, name, body, expires_at FROM kept_outputs
WHERE ns = ?1 AND (job_id, name) > (?2, ?3) AND expires_at > ?5
ORDER BY job_id, name LIMIT ?4
