-- purpose: what a task has to do
-- params: ?1 ns, ?2 job, ?3 task
-- cost: one lookup
SELECT prerequisites, body FROM definitions WHERE ns = ?1 AND job = ?2 AND task = ?3
