-- purpose: when the next delayed task may start
-- params: ?1 ns
-- cost: one index entry
SELECT start_at FROM delayed WHERE ns = ?1 ORDER BY start_at LIMIT 1
