-- purpose: whether a large release of a job is under way
-- params: ?1 ns, ?2 job
-- cost: one lookup
SELECT 1 FROM releases WHERE ns = ?1 AND job = ?2 LIMIT 1
