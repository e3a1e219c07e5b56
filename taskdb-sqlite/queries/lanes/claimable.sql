-- purpose: whether claims find the ready tasks of a lane
-- params: ?1 ns, ?2 job, ?3 stream
-- cost: one row
SELECT 1 FROM lanes WHERE ns = ?1 AND job = ?2 AND stream = ?3 AND ready > 0 AND stopped = 0
