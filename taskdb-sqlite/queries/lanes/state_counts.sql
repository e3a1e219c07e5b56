-- purpose: tasks by worker type, class and state
-- params: ?1 ns
-- cost: one row for each job and stream
SELECT s.worker_type, l.priority,
    sum(iif(l.stopped, 0, l.pending)), sum(iif(l.stopped, 0, l.ready)), sum(l.running), sum(l.done),
    sum(l.failed), sum(l.cancelled + iif(l.stopped, l.pending + l.ready, 0))
FROM lanes AS l JOIN streams AS s ON s.ns = l.ns AND s.stream = l.stream
WHERE l.ns = ?1
GROUP BY s.worker_type, l.priority
