-- purpose: streams by age
-- params: ?1 ns, ?2 after, ?3 limit, ?4 user or null, ?5 worker type or null
-- cost: the rows passed over and returned
SELECT stream, id, worker_type, user_id, reserved, be_mult, paused, pending, ready_high, ready_medium,
    ready_low, running, deleted
FROM streams
WHERE ns = ?1 AND stream > ?2 AND deleted = 0
    AND (?4 IS NULL OR user_id = ?4) AND (?5 IS NULL OR worker_type = ?5)
ORDER BY stream LIMIT ?3
