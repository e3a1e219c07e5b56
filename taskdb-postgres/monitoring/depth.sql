-- purpose: tasks by stream and state; a stopped job's waiting tasks count as they are stored
-- params: none, `taskdb` is the namespace
-- cost: one row for each job with tasks in a stream, without looking at tasks
SELECT s.id AS stream_id, s.user_id, s.worker_type, s.paused,
    coalesce(sum(l.pending), 0)::bigint AS pending,
    coalesce(sum(l.ready) FILTER (WHERE NOT l.stopped), 0)::bigint AS ready,
    coalesce(sum(l.running), 0)::bigint AS running,
    coalesce(sum(l.done), 0)::bigint AS done,
    coalesce(sum(l.failed), 0)::bigint AS failed,
    coalesce(sum(l.cancelled), 0)::bigint AS cancelled
FROM taskdb.streams AS s LEFT JOIN taskdb.lanes AS l USING (stream)
WHERE NOT s.deleted
GROUP BY s.stream
ORDER BY s.stream;
