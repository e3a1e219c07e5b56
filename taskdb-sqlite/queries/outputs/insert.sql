-- purpose: keep the result of a task
-- params: ?1 ns, ?2 job, ?3 task, ?4 body
-- cost: one row
INSERT INTO outputs (ns, job, task, body) VALUES (?1, ?2, ?3, ?4)
