-- purpose: the oldest job of a stream and class with ready work
-- params: ?1 ns, ?2 stream, ?3 priority
-- cost: one index entry
SELECT job, ready FROM lanes INDEXED BY lanes_claimable
WHERE ns = ?1 AND stream = ?2 AND priority = ?3 AND ready > 0 AND stopped = 0
ORDER BY job LIMIT 1
