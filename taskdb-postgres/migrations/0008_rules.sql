-- purpose: names and labels of jobs, and the rules of tasks: backoff, a cap on losses, a time to start by
-- params: none
-- cost: once per namespace
ALTER TABLE jobs ADD COLUMN name text COLLATE "C", ADD COLUMN labels text COLLATE "C";

ALTER TABLE tasks ADD COLUMN backoff_first bigint, ADD COLUMN backoff_cap bigint,
    ADD COLUMN backoff_jitter smallint, ADD COLUMN max_losses bigint, ADD COLUMN start_by bigint;
CREATE INDEX tasks_start_by ON tasks (start_by, job, task)
    WHERE start_by IS NOT NULL AND attempt = 0 AND state <= 1 /* ready */;

-- What a request says of failed attempts, null for nothing; `expires` counts from the store's time.
CREATE TYPE task_rules AS (first bigint, cap bigint, jitter smallint, losses bigint, expires bigint);

-- A task to create, as `spec` is for releases that know of no rules and may still run.
CREATE TYPE task_spec AS (
    place integer, name text, stream_id uuid, body text, prerequisites text[], max_retries integer,
    timeout_secs integer, optional boolean, run_if smallint, start_at bigint, delay bigint, rules task_rules
);

ALTER TYPE record_in ADD ATTRIBUTE job_name text, ADD ATTRIBUTE labels text, ADD ATTRIBUTE backoff_first bigint,
    ADD ATTRIBUTE backoff_cap bigint, ADD ATTRIBUTE backoff_jitter smallint, ADD ATTRIBUTE max_losses bigint,
    ADD ATTRIBUTE start_by bigint;
