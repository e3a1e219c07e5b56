-- purpose: edges, the persistent sets that let long work go in steps, and what functions pass around
-- params: none
-- cost: once per namespace
CREATE TABLE edges (
    job bigint NOT NULL,
    pre integer NOT NULL,
    post integer NOT NULL CHECK (post > pre),
    PRIMARY KEY (job, pre, post)
);

CREATE TABLE delayed (
    start_at bigint NOT NULL,
    job bigint NOT NULL,
    task integer NOT NULL,
    PRIMARY KEY (start_at, job, task)
);
CREATE INDEX delayed_by_job ON delayed (job);

CREATE TABLE releases (
    job bigint NOT NULL,
    task integer NOT NULL,
    after integer NOT NULL,
    upto integer NOT NULL,
    PRIMARY KEY (job, task)
);

CREATE TABLE trash (
    job bigint PRIMARY KEY
);

CREATE TABLE kept_outputs (
    job_id uuid NOT NULL,
    name text COLLATE "C" NOT NULL,
    body text COLLATE "C" NOT NULL,
    expires_at bigint NOT NULL,
    PRIMARY KEY (job_id, name)
);
CREATE INDEX kept_outputs_by_end ON kept_outputs (expires_at);

-- A task to create, as a request has it; `delay` counts from the store's time.
CREATE TYPE spec AS (
    place integer, name text, stream_id uuid, body text, prerequisites text[], max_retries integer,
    timeout_secs integer, optional boolean, run_if smallint, start_at bigint, delay bigint
);

-- The task that a change is about; `over` is the answer when the change does not apply.
CREATE TYPE aim AS (
    job bigint, task integer, stream bigint, own_state smallint, seen_state smallint, job_state smallint,
    last boolean, closing smallint, over jsonb
);

-- A task that has ended, and the range of its dependants that are still to be told.
CREATE TYPE release AS (job bigint, task integer, after integer, upto integer);

-- A task that a claim will take, and the version of its job that was seen.
CREATE TYPE picked AS (job bigint, task integer, stream bigint, class smallint, version text);
