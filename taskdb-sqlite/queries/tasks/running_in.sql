-- purpose: the running tasks of a lane
-- params: ?1 ns, ?2 job, ?3 stream
-- cost: the rows returned
SELECT task FROM tasks INDEXED BY tasks_active
WHERE ns = ?1 AND job = ?2 AND stream = ?3 AND state = 2 /* running */ AND state IN (1 /* ready */, 2 /* running */)
