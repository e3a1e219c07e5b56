-- purpose: one prerequisite less, or with -1 one more
-- params: ?1 ns, ?2 job, ?3 task, ?4 how many less
-- cost: one row
UPDATE tasks SET waiting_on = waiting_on - ?4 WHERE ns = ?1 AND job = ?2 AND task = ?3
