-- purpose: remove results of deleted tasks
-- params: ?1 ns, ?2 job, ?3 last task
-- cost: the rows removed
DELETE FROM outputs WHERE ns = ?1 AND job = ?2 AND task <= ?3
