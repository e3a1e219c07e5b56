-- purpose: names and labels of jobs, and the rules of tasks: backoff, a cap on losses, a time to start by
-- params: none
-- cost: once per file
ALTER TABLE jobs ADD COLUMN name TEXT;
ALTER TABLE jobs ADD COLUMN labels TEXT;

ALTER TABLE tasks ADD COLUMN backoff_first INTEGER;
ALTER TABLE tasks ADD COLUMN backoff_cap INTEGER;
ALTER TABLE tasks ADD COLUMN backoff_jitter INTEGER;
ALTER TABLE tasks ADD COLUMN max_losses INTEGER;
ALTER TABLE tasks ADD COLUMN start_by INTEGER;
CREATE INDEX tasks_start_by ON tasks (ns, start_by, job, task)
    WHERE start_by IS NOT NULL AND attempt = 0 AND state IN (0 /* pending */, 1 /* ready */);
