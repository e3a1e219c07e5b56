-- purpose: how many tasks of a job are ready, running or delayed
-- params: ?1 ns, ?2 job
-- cost: the streams and delayed tasks of the job
SELECT
    (SELECT coalesce(sum(ready + running), 0) FROM lanes WHERE ns = ?1 AND job = ?2)
    + (SELECT count(*) FROM delayed WHERE ns = ?1 AND job = ?2)
    + (SELECT count(*) FROM releases WHERE ns = ?1 AND job = ?2)
