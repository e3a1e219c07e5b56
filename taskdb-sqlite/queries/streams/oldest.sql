-- purpose: the oldest stream of a user for a worker type
-- params: ?1 ns, ?2 user, ?3 worker type
-- cost: one lookup
SELECT stream, id, worker_type, user_id, reserved, be_mult, paused, pending, ready_high, ready_medium,
    ready_low, running, deleted
FROM streams INDEXED BY streams_by_owner
WHERE ns = ?1 AND user_id = ?2 AND worker_type = ?3 AND deleted = 0
ORDER BY stream LIMIT 1
