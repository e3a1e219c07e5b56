-- purpose: how many jobs of a user are running
-- params: ?1 ns, ?2 user
-- cost: the jobs counted, in an index
SELECT count(*) FROM jobs INDEXED BY jobs_by_owner
WHERE ns = ?1 AND user_id = ?2 AND state = 0 /* job running */
