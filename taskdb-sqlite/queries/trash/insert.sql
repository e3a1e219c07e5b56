-- purpose: the tasks of a deleted job are to be removed
-- params: ?1 ns, ?2 job
-- cost: one row
INSERT INTO trash (ns, job) VALUES (?1, ?2)
