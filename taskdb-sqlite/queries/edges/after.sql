-- purpose: the next dependants of a task
-- params: ?1 ns, ?2 job, ?3 prerequisite, ?4 after, ?5 upto, ?6 limit
-- cost: the edges returned
SELECT post FROM edges
WHERE ns = ?1 AND job = ?2 AND pre = ?3 AND post > ?4 AND post < ?5
ORDER BY post LIMIT ?6
