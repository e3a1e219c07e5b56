-- purpose: where a large release stands
-- params: ?1 ns, ?2 job, ?3 task, ?4 after, ?5 upto
-- cost: one row
INSERT INTO releases (ns, job, task, after, upto) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (ns, job, task) DO UPDATE SET after = ?4
