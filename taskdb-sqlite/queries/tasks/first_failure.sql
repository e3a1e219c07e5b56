-- purpose: the error that fails a job which ends with failures left
-- params: ?1 ns, ?2 job
-- cost: the tasks of the job
SELECT error FROM tasks
WHERE ns = ?1 AND job = ?2 AND state IN (4 /* failed */, 5 /* cancelled */) AND tolerated = 0
ORDER BY updated_at, task LIMIT 1
