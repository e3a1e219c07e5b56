-- purpose: count the streams anew from the lanes; returns those that differed
-- params: ?1 ns
-- cost: the streams, and one row for each job and stream
UPDATE streams AS s
SET pending = t.pending, ready_high = t.high, ready_medium = t.medium, ready_low = t.low,
    running = t.running
FROM (
    SELECT s.stream,
        coalesce(sum(l.pending) FILTER (WHERE NOT l.stopped), 0) AS pending,
        coalesce(sum(l.ready) FILTER (WHERE NOT l.stopped AND l.priority = 0), 0) AS high,
        coalesce(sum(l.ready) FILTER (WHERE NOT l.stopped AND l.priority = 1), 0) AS medium,
        coalesce(sum(l.ready) FILTER (WHERE NOT l.stopped AND l.priority = 2), 0) AS low,
        coalesce(sum(l.running), 0) AS running
    FROM streams AS s LEFT JOIN lanes AS l ON l.ns = s.ns AND l.stream = s.stream
    WHERE s.ns = ?1
    GROUP BY s.stream
) AS t
WHERE s.ns = ?1 AND s.stream = t.stream
    AND (s.pending, s.ready_high, s.ready_medium, s.ready_low, s.running)
        <> (t.pending, t.high, t.medium, t.low, t.running)
RETURNING s.stream
