-- purpose: the form in which records of an export arrive
-- params: none
-- cost: once per namespace
CREATE TYPE record_in AS (
    place integer, kind text, age bigint, job_id uuid, stream_id uuid, name text, worker_type text, user_id text,
    reserved integer, be_mult double precision, paused boolean, deleted boolean, own_state smallint,
    class smallint, key text, ends bigint, created_at bigint, started_at bigint, updated_at bigint,
    optional boolean, run_if smallint, tolerated boolean, max_retries integer, retries integer, losses integer,
    attempt bigint, timeout_secs integer, progress real, start_at bigint, claim_id uuid, worker_id text,
    lease bigint, lease_end bigint, work_deadline bigint, deadline bigint
);
