-- purpose: what a worker says of itself
-- params: ?1 ns, ?2 worker, ?3 about, ?4 seen, ?5 its end
-- cost: one row
INSERT INTO workers (ns, worker_id, about, seen_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (ns, worker_id)
DO UPDATE SET about = excluded.about, seen_at = excluded.seen_at, expires_at = excluded.expires_at
