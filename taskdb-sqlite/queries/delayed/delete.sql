-- purpose: a task waits for its start time no longer
-- params: ?1 ns, ?2 start, ?3 job, ?4 task
-- cost: one row
DELETE FROM delayed WHERE ns = ?1 AND start_at = ?2 AND job = ?3 AND task = ?4
