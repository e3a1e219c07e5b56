-- purpose: pending tasks of a job that wait for no prerequisite
-- params: ?1 ns, ?2 job
-- cost: the tasks of the job
SELECT task, stream, start_at FROM tasks
WHERE ns = ?1 AND job = ?2 AND state = 0 /* pending */ AND waiting_on = 0 ORDER BY task
