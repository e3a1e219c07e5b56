-- purpose: true counts of a job by stream and state
-- params: ?1 ns, ?2 job
-- cost: the tasks of the job
SELECT stream, state, count(*), coalesce(sum(NOT tolerated AND state IN (4 /* failed */, 5 /* cancelled */)), 0)
FROM tasks WHERE ns = ?1 AND job = ?2 GROUP BY stream, state
