-- purpose: count the streams anew from the lanes; returns those that differed
-- params: ?1 ns
-- cost: the streams, and one row for each job and stream
UPDATE streams AS s
SET pending = t.pending, ready_high = t.high, ready_medium = t.medium, ready_low = t.low,
    running = t.running
FROM (
    SELECT s.stream, coalesce(l.pending, 0) AS pending, coalesce(l.high, 0) AS high,
        coalesce(l.medium, 0) AS medium, coalesce(l.low, 0) AS low, coalesce(l.running, 0) AS running
    FROM streams AS s LEFT JOIN (
        SELECT stream,
            sum(iif(stopped, 0, pending)) AS pending,
            sum(iif(stopped OR priority <> 0, 0, ready)) AS high,
            sum(iif(stopped OR priority <> 1, 0, ready)) AS medium,
            sum(iif(stopped OR priority <> 2, 0, ready)) AS low,
            sum(running) AS running
        FROM lanes WHERE ns = ?1 GROUP BY stream
    ) AS l ON l.stream = s.stream
    WHERE s.ns = ?1
) AS t
WHERE s.ns = ?1 AND s.stream = t.stream
    AND (s.pending, s.ready_high, s.ready_medium, s.ready_low, s.running)
        <> (t.pending, t.high, t.medium, t.low, t.running)
RETURNING stream
