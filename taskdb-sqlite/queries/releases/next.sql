-- purpose: large releases to carry on
-- params: ?1 ns, ?2 limit
-- cost: the rows returned
SELECT job, task, after, upto FROM releases WHERE ns = ?1 ORDER BY job, task LIMIT ?2
