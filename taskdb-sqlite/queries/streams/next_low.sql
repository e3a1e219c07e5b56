-- purpose: the stream of class low that is served next
-- params: ?1 ns, ?2 worker type
-- cost: one index entry
SELECT stream, id FROM streams INDEXED BY streams_low
WHERE ns = ?1 AND worker_type = ?2 AND ready_low > 0 AND paused = 0
ORDER BY share, reserved DESC, stream LIMIT 1
