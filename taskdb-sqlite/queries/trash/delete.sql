-- purpose: nothing of a deleted job is left
-- params: ?1 ns, ?2 job
-- cost: one row
DELETE FROM trash WHERE ns = ?1 AND job = ?2
