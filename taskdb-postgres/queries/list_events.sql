-- purpose: a page of the event log behind a place, up to the oldest transaction that could still write in it, if
--   the gate lets any
-- params: $1 and $2 the place, $3 limit
-- cost: the rows returned; one row without an event when there is none
SELECT pg_snapshot_xmin(s.now)::text AS xmin, pg_snapshot_xmax(s.now)::text AS xmax, e.xid::text, e.event, e.at, e.kind,
    e.job_id, e.task_id, e.attempt, e.worker_id, e.detail
FROM pg_current_snapshot() AS s (now)
LEFT JOIN LATERAL (
    SELECT * FROM ns.events
    WHERE (xid, event) > ($1::text::xid8, $2::bigint) AND xid < (
        -- Closing the gate has waited for all that write.
        SELECT CASE WHEN gate = 2 THEN pg_snapshot_xmax(s.now) ELSE pg_snapshot_xmin(s.now) END FROM ns.meta
    )
    ORDER BY xid, event LIMIT $3
) AS e ON true
ORDER BY e.xid, e.event
