-- purpose: a stream by its age
-- params: ?1 ns, ?2 stream
-- cost: one lookup
SELECT stream, id, worker_type, user_id, reserved, be_mult, paused, pending, ready_high, ready_medium,
    ready_low, running, deleted
FROM streams WHERE ns = ?1 AND stream = ?2
