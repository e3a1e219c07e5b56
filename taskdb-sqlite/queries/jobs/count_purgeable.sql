-- purpose: how many jobs of a finished state are not kept
-- params: ?1 ns, ?2 state
-- cost: the jobs counted, in an index
SELECT (SELECT count(*) FROM jobs INDEXED BY jobs_by_state WHERE ns = ?1 AND state = ?2)
    - (SELECT count(*) FROM jobs INDEXED BY jobs_kept WHERE ns = ?1 AND state = ?2 AND keep = 1)
