-- purpose: tasks with their claims, narrow, apart from the payloads that are written once
-- params: none
-- cost: once per namespace
CREATE TABLE tasks (
    job bigint NOT NULL,
    stream bigint NOT NULL,
    task integer NOT NULL,
    waiting_on integer NOT NULL CHECK (waiting_on >= 0),
    max_retries integer NOT NULL,
    timeout_secs integer NOT NULL,
    retries integer NOT NULL DEFAULT 0 CHECK (retries <= max_retries),
    losses integer NOT NULL DEFAULT 0,
    attempt bigint NOT NULL DEFAULT 0,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    progress real NOT NULL DEFAULT 0,
    state smallint NOT NULL CHECK (state BETWEEN 0 /* pending */ AND 5 /* cancelled */),
    run_if smallint NOT NULL,
    closing smallint NOT NULL DEFAULT 0,
    optional boolean NOT NULL,
    tolerated boolean NOT NULL DEFAULT false,
    started_at bigint,
    start_at bigint,
    deadline bigint,
    work_deadline bigint,
    lease bigint,
    lease_end bigint,
    claim_id uuid,
    worker_id text COLLATE "C",
    error bytea,
    PRIMARY KEY (job, task)
) WITH (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 2000);
CREATE INDEX tasks_ready ON tasks (job, stream, task) WHERE state = 1 /* ready */;
CREATE INDEX tasks_expiring ON tasks (deadline, job, task) WHERE state = 2 /* running */;
CREATE INDEX tasks_claimed ON tasks (claim_id) WHERE state = 2 /* running */;

CREATE TABLE definitions (
    job bigint NOT NULL,
    task integer NOT NULL,
    name text COLLATE "C" NOT NULL,
    prerequisites text[] COLLATE "C" NOT NULL,
    body text COLLATE "C" NOT NULL,
    PRIMARY KEY (job, task)
);
CREATE UNIQUE INDEX definitions_by_name ON definitions (job, name);

CREATE TABLE outputs (
    job bigint NOT NULL,
    task integer NOT NULL,
    body text COLLATE "C" NOT NULL,
    PRIMARY KEY (job, task)
);
