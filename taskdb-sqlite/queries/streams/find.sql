-- purpose: a stream by its id
-- params: ?1 ns, ?2 id
-- cost: one lookup
SELECT stream, id, worker_type, user_id, reserved, be_mult, paused, pending, ready_high, ready_medium,
    ready_low, running, deleted
FROM streams WHERE ns = ?1 AND id = ?2
