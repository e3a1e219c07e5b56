-- purpose: a large release is complete
-- params: ?1 ns, ?2 job, ?3 task
-- cost: one row
DELETE FROM releases WHERE ns = ?1 AND job = ?2 AND task = ?3
