-- purpose: the tables of the earlier layout as its last version has them, with nothing in them
-- params: none
-- cost: once per test
CREATE TYPE job_state AS ENUM ('running', 'done', 'failed');
CREATE TYPE task_state AS ENUM ('pending', 'ready', 'running', 'done', 'failed');
CREATE TABLE streams (
    id uuid PRIMARY KEY,
    worker_type text NOT NULL,
    reserved integer NOT NULL,
    be_mult real NOT NULL,
    user_id text NOT NULL,
    running integer NOT NULL DEFAULT 0,
    ready integer NOT NULL DEFAULT 0,
    priority real GENERATED ALWAYS AS (
        CASE WHEN ready = 0 THEN 'Infinity'::real ELSE (running - reserved)::real END
    ) STORED
);
CREATE TABLE jobs (
    id uuid PRIMARY KEY,
    state job_state NOT NULL,
    error text,
    user_id text NOT NULL,
    reported boolean NOT NULL DEFAULT false
);
CREATE UNLOGGED TABLE tasks (
    job_id uuid NOT NULL,
    task_id text NOT NULL,
    stream_id uuid NOT NULL,
    task_def jsonb NOT NULL,
    prerequisites jsonb NOT NULL,
    state task_state NOT NULL,
    created_at timestamp NOT NULL DEFAULT now(),
    started_at timestamp,
    updated_at timestamp,
    waiting_on integer NOT NULL,
    progress real NOT NULL DEFAULT 0,
    retries integer NOT NULL DEFAULT 0,
    max_retries integer NOT NULL DEFAULT 0,
    timeout_secs integer NOT NULL DEFAULT 60,
    output jsonb,
    error text,
    job_created_at timestamp NOT NULL DEFAULT now(),
    PRIMARY KEY (job_id, task_id)
);
CREATE UNLOGGED TABLE task_deps (job_id uuid NOT NULL, pre_task_id text NOT NULL, post_task_id text NOT NULL);
CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY, description text NOT NULL);
INSERT INTO _sqlx_migrations SELECT n, 'a step' FROM generate_series(1, 9) AS n;
