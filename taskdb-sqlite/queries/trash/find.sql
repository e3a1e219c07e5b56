-- purpose: whether a deleted job has tasks left
-- params: ?1 ns, ?2 job
-- cost: one lookup
SELECT 1 FROM trash WHERE ns = ?1 AND job = ?2
