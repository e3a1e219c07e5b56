-- purpose: the age of a new job
-- params: ?1 ns
-- cost: one row
UPDATE namespaces SET next_job = next_job + 1 WHERE ns = ?1 RETURNING next_job - 1
