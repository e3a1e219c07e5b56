-- purpose: a dependant waits for a prerequisite
-- params: ?1 ns, ?2 job, ?3 prerequisite, ?4 dependant
-- cost: one row
INSERT INTO edges (ns, job, pre, post) VALUES (?1, ?2, ?3, ?4)
