-- purpose: an output kept beyond its job
-- params: ?1 ns, ?2 job id, ?3 task name, ?4 clock
-- cost: one lookup
SELECT body FROM kept_outputs WHERE ns = ?1 AND job_id = ?2 AND name = ?3 AND expires_at > ?4
