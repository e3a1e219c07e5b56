-- purpose: remove what was written
-- params: ?1 ns
-- cost: one row
DELETE FROM probes WHERE ns = ?1
