-- purpose: forget the delayed tasks of a deleted job
-- params: ?1 ns, ?2 job
-- cost: the rows removed
DELETE FROM delayed WHERE ns = ?1 AND job = ?2
