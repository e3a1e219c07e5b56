-- purpose: a page of the workers that live
-- params: ?1 ns, ?2 after this name, ?3 now, ?4 limit
-- cost: the rows passed
SELECT worker_id, about, seen_at, expires_at FROM workers
WHERE ns = ?1 AND worker_id > ?2 AND expires_at > ?3
ORDER BY worker_id LIMIT ?4
