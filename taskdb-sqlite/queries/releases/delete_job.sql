-- purpose: forget the releases of a deleted job
-- params: ?1 ns, ?2 job
-- cost: the rows removed
DELETE FROM releases WHERE ns = ?1 AND job = ?2
