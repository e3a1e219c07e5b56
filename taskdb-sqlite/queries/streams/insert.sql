-- purpose: make a stream
-- params: ?1 ns, ?2 stream, ?3 id, ?4 worker type, ?5 user, ?6 reserved, ?7 be_mult, ?8 paused, ?9 deleted
-- cost: one row
INSERT INTO streams (ns, stream, id, worker_type, user_id, reserved, be_mult, paused, deleted)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
