-- purpose: a waiting task that is replayed starts afresh
-- params: ?1 ns, ?2 job, ?3 task, ?4 time of the job
-- cost: one row
UPDATE tasks
SET retries = 0, losses = 0, progress = 0,
    updated_at = CASE WHEN progress > 0 THEN ?4 ELSE updated_at END
WHERE ns = ?1 AND job = ?2 AND task = ?3
