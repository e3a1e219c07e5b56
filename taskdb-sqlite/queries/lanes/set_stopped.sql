-- purpose: take the lanes of a job out of the ready index, or put them back
-- params: ?1 ns, ?2 job, ?3 stopped
-- cost: the streams of the job
UPDATE lanes SET stopped = ?3 WHERE ns = ?1 AND job = ?2
