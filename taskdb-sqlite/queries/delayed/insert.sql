-- purpose: a task waits for its start time only
-- params: ?1 ns, ?2 start, ?3 job, ?4 task
-- cost: one row
INSERT INTO delayed (ns, start_at, job, task) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING
