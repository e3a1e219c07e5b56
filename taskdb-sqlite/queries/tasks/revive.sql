-- purpose: put a task back to work; it waits until it is looked at again
-- params: ?1 ns, ?2 job, ?3 task, ?4 time of the job
-- cost: one row
UPDATE tasks
SET state = 0 /* pending */, tolerated = 0, retries = 0, losses = 0, progress = 0, error = NULL, start_at = NULL,
    start_by = NULL, closing = 0, updated_at = ?4
WHERE ns = ?1 AND job = ?2 AND task = ?3
