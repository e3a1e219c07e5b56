-- purpose: what waits in a replayed job starts afresh
-- params: ?1 ns, ?2 job, ?3 time of the job
-- cost: the tasks of the job
UPDATE tasks
SET retries = 0, losses = 0, progress = 0,
    updated_at = CASE WHEN progress > 0 THEN ?3 ELSE updated_at END
WHERE ns = ?1 AND job = ?2 AND state IN (0 /* pending */, 1 /* ready */)
    AND (retries > 0 OR losses > 0 OR progress > 0)
