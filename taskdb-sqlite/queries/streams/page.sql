-- purpose: all streams by age, for an export; a deleted one as long as a task names it
-- params: ?1 ns, ?2 after, ?3 limit
-- cost: the rows returned, and the lanes for each deleted stream
SELECT stream, id, worker_type, user_id, reserved, be_mult, paused, pending, ready_high, ready_medium,
    ready_low, running, deleted
FROM streams AS s
WHERE ns = ?1 AND stream > ?2 AND (
    NOT deleted OR EXISTS (SELECT 1 FROM lanes AS l WHERE l.ns = s.ns AND l.stream = s.stream)
)
ORDER BY stream LIMIT ?3
