-- purpose: the result of a task
-- params: ?1 ns, ?2 job, ?3 task
-- cost: one lookup
SELECT body FROM outputs WHERE ns = ?1 AND job = ?2 AND task = ?3
