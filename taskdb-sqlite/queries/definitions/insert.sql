-- purpose: keep what a task has to do
-- params: ?1 ns, ?2 job, ?3 task, ?4 prerequisites, ?5 body
-- cost: one row
INSERT INTO definitions (ns, job, task, prerequisites, body) VALUES (?1, ?2, ?3, ?4, ?5)
