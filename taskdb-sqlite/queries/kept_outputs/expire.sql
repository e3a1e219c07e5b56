-- purpose: remove kept outputs whose time is over
-- params: ?1 ns, ?2 clock, ?3 limit
-- cost: the rows removed
DELETE FROM kept_outputs WHERE (ns, job_id, name) IN (
    SELECT ns, job_id, name FROM kept_outputs WHERE ns = ?1 AND expires_at <= ?2 LIMIT ?3
)
