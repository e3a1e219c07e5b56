-- purpose: remove the lanes of a job
-- params: ?1 ns, ?2 job
-- cost: the streams of the job
DELETE FROM lanes WHERE ns = ?1 AND job = ?2
