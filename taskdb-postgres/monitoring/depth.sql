-- purpose: tasks by stream and state
-- params: none; `taskdb` is the namespace
-- cost: one row for each job and stream, and no task
SELECT s.id AS stream_id, s.user_id, s.worker_type,
    coalesce(sum(CASE WHEN l.stopped THEN 0 /* nothing */ ELSE l.pending END), 0)::bigint AS pending,
    coalesce(sum(CASE WHEN l.stopped THEN 0 /* nothing */ ELSE l.ready END), 0)::bigint AS ready,
    coalesce(sum(l.running), 0)::bigint AS running,
    coalesce(sum(l.done), 0)::bigint AS done,
    coalesce(sum(l.failed), 0)::bigint AS failed,
    coalesce(sum(l.cancelled + CASE WHEN l.stopped THEN l.pending + l.ready ELSE 0 /* nothing */ END), 0)::bigint AS cancelled
FROM taskdb.streams AS s LEFT JOIN taskdb.lanes AS l ON l.stream = s.stream
WHERE NOT s.deleted
GROUP BY s.stream
ORDER BY s.stream;
