-- purpose: a deleted job with tasks left
-- params: ?1 ns
-- cost: one lookup
SELECT job FROM trash WHERE ns = ?1 ORDER BY job LIMIT 1
