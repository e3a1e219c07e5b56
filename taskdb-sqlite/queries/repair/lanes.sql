-- purpose: the lanes of a job as they are kept
-- params: ?1 ns, ?2 job
-- cost: the streams of the job
SELECT stream, stopped, pending, ready, running, done, failed, cancelled
FROM lanes WHERE ns = ?1 AND job = ?2 ORDER BY stream
