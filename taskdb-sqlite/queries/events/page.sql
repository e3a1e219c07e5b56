-- purpose: a page of the event log
-- params: ?1 ns, ?2 from this event on, ?3 limit
-- cost: the rows returned
SELECT event, at, kind, job_id, task_id, attempt, worker_id, detail
FROM events WHERE ns = ?1 AND event >= ?2 ORDER BY event LIMIT ?3
