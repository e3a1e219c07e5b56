-- purpose: remove a job
-- params: ?1 ns, ?2 job
-- cost: one row
DELETE FROM jobs WHERE ns = ?1 AND job = ?2
