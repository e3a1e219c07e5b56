-- purpose: streams by age, with counts
-- params: $1 after, $2 limit, $3 id or null, $4 user or null, $5 worker type or null, $6 deleted ones too
-- cost: the rows passed over and returned
SELECT s.stream, s.id, s.worker_type, s.user_id, s.reserved, s.be_mult, s.paused, s.deleted,
    s.pending + d.pending AS pending, s.ready_high + d.high AS ready_high,
    s.ready_medium + d.medium AS ready_medium, s.ready_low + d.low AS ready_low, s.running + d.running AS running,
    h.since AS ready_since
FROM ns.streams AS s CROSS JOIN LATERAL (
    SELECT coalesce(sum(pending), 0)::bigint AS pending, coalesce(sum(running), 0)::bigint AS running,
        coalesce(sum(ready) FILTER (WHERE priority = 0), 0)::bigint AS high,
        coalesce(sum(ready) FILTER (WHERE priority = 1), 0)::bigint AS medium,
        coalesce(sum(ready) FILTER (WHERE priority = 2), 0)::bigint AS low
    FROM ns.stream_deltas AS x WHERE x.worker_type = s.worker_type AND x.stream = s.stream
) AS d LEFT JOIN LATERAL (
    SELECT min(t.updated_at) AS since FROM generate_series(0, 2) AS c (priority)
    CROSS JOIN LATERAL (
        SELECT job FROM ns.lanes AS l
        WHERE l.stream = s.stream AND l.priority = c.priority AND l.claimable ORDER BY l.job LIMIT 1
    ) AS l
    CROSS JOIN LATERAL (
        SELECT updated_at FROM ns.tasks AS t
        WHERE t.job = l.job AND t.stream = s.stream AND t.state = 1 /* ready */ ORDER BY t.task LIMIT 1
    ) AS t
) AS h ON NOT s.deleted
WHERE s.stream > $1 AND ($3::uuid IS NULL OR s.id = $3) AND ($4::text IS NULL OR s.user_id = $4)
    AND ($5::text IS NULL OR s.worker_type = $5)
    AND (NOT s.deleted OR $6 AND EXISTS (SELECT 1 FROM ns.lanes AS l WHERE l.stream = s.stream))
ORDER BY s.stream LIMIT $2
