-- purpose: jobs, and the lanes that make the ready index two levels deep
-- params: none
-- cost: once per namespace
CREATE SEQUENCE job_ages MINVALUE 0 START 0;
CREATE TABLE jobs (
    job bigint PRIMARY KEY,
    id uuid NOT NULL UNIQUE,
    user_id text COLLATE "C" NOT NULL,
    state smallint NOT NULL CHECK (state BETWEEN 0 /* job running */ AND 3 /* job cancelled */),
    error bytea,
    priority smallint NOT NULL CHECK (priority BETWEEN 0 AND 2),
    key text COLLATE "C",
    key_expires_at bigint,
    next_task integer NOT NULL DEFAULT 0,
    tasks bigint NOT NULL DEFAULT 0,
    unresolved bigint NOT NULL DEFAULT 0,
    open bigint NOT NULL DEFAULT 0,
    hard bigint NOT NULL DEFAULT 0,
    created_at bigint NOT NULL,
    started_at bigint,
    updated_at bigint NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500);
CREATE UNIQUE INDEX jobs_by_key ON jobs (user_id, key) WHERE key IS NOT NULL;
CREATE INDEX jobs_by_owner ON jobs (user_id, state, job);
CREATE INDEX jobs_by_state ON jobs (state, job);

CREATE TABLE lanes (
    job bigint NOT NULL,
    stream bigint NOT NULL,
    priority smallint NOT NULL,
    stopped boolean NOT NULL,
    pending bigint NOT NULL DEFAULT 0,
    ready bigint NOT NULL DEFAULT 0,
    running bigint NOT NULL DEFAULT 0,
    done bigint NOT NULL DEFAULT 0,
    failed bigint NOT NULL DEFAULT 0,
    cancelled bigint NOT NULL DEFAULT 0,
    claimable boolean GENERATED ALWAYS AS (ready > 0 AND NOT stopped) STORED,
    PRIMARY KEY (job, stream)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500);
CREATE INDEX lanes_claimable ON lanes (stream, priority, job) WHERE claimable;

-- Tasks of one job and stream that go from one state to another, `was` null for new ones;
-- `hard` is how many more failures of the job are not tolerated.
CREATE TYPE move AS (
    job bigint, stream bigint, was smallint, becomes smallint, n integer, hard integer
);
