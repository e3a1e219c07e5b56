-- purpose: all streams by age, deleted ones too, for an export
-- params: ?1 ns, ?2 after, ?3 limit
-- cost: the rows returned
SELECT stream, id, worker_type, user_id, reserved, be_mult, paused, pending, ready_high, ready_medium,
    ready_low, running, deleted
FROM streams WHERE ns = ?1 AND stream > ?2 ORDER BY stream LIMIT ?3
