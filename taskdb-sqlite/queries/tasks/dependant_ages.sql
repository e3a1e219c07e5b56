-- purpose: the ages of the tasks that name a task
-- params: ?1 ns, ?2 job, ?3 task
-- cost: the edges returned
SELECT post FROM edges WHERE ns = ?1 AND job = ?2 AND pre = ?3 ORDER BY post
