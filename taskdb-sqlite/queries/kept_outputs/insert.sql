-- purpose: keep an output beyond its job
-- params: ?1 ns, ?2 job id, ?3 task name, ?4 body, ?5 end
-- cost: one row
INSERT INTO kept_outputs (ns, job_id, name, body, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (ns, job_id, name) DO NOTHING
