-- purpose: read back what was written
-- params: ?1 ns
-- cost: one row
SELECT written_at FROM probes WHERE ns = ?1
