-- purpose: tasks by worker type, class and state
-- params: none
-- cost: one row for each job and stream
SELECT s.worker_type, l.priority,
    sum(CASE WHEN l.stopped THEN 0 /* nothing */ ELSE l.pending END)::bigint AS pending,
    sum(CASE WHEN l.stopped THEN 0 /* nothing */ ELSE l.ready END)::bigint AS ready,
    sum(l.running)::bigint AS running, sum(l.done)::bigint AS done, sum(l.failed)::bigint AS failed,
    sum(l.cancelled + CASE WHEN l.stopped THEN l.pending + l.ready ELSE 0 /* nothing */ END)::bigint AS cancelled
FROM ns.lanes AS l JOIN ns.streams AS s ON s.stream = l.stream
GROUP BY s.worker_type, l.priority
