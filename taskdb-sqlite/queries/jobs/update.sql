-- purpose: change the class of a job, or whether retention passes it by
-- params: ?1 ns, ?2 job, ?3 priority, ?4 keep (null: as it is)
-- cost: one row
UPDATE jobs SET priority = coalesce(?3, priority), keep = coalesce(?4, keep)
WHERE ns = ?1 AND job = ?2
