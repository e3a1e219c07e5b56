-- purpose: take a worker off the list
-- params: ?1 ns, ?2 worker
-- cost: one row
DELETE FROM workers WHERE ns = ?1 AND worker_id = ?2
