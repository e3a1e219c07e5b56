-- purpose: move the lanes of a job to another class
-- params: ?1 ns, ?2 job, ?3 priority
-- cost: the streams of the job
UPDATE lanes SET priority = ?3 WHERE ns = ?1 AND job = ?2
