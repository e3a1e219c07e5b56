-- purpose: a waiting task that is replayed starts afresh
-- params: ?1 ns, ?2 job, ?3 task
-- cost: one row
UPDATE tasks SET retries = 0, losses = 0, progress = 0, closing = 0
WHERE ns = ?1 AND job = ?2 AND task = ?3
