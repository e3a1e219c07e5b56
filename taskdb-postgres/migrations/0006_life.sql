-- purpose: jobs that retention passes by, schedules, the workers that say they live, and a place for probes
-- params: none
-- cost: once per namespace
ALTER TABLE jobs ADD COLUMN keep boolean NOT NULL DEFAULT false;
CREATE INDEX jobs_kept ON jobs (state, job) WHERE keep;

CREATE TABLE schedules (
    name text COLLATE "C" PRIMARY KEY,
    body text COLLATE "C" NOT NULL,
    revision bigint NOT NULL CHECK (revision > 0),
    next_at bigint,
    fired_at bigint
);

CREATE TABLE workers (
    worker_id text COLLATE "C" PRIMARY KEY,
    about text COLLATE "C" NOT NULL,
    seen_at bigint NOT NULL,
    expires_at bigint NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX workers_by_end ON workers (expires_at);

CREATE TABLE probes (
    probe bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    written_at bigint NOT NULL
);

ALTER TYPE record_in ADD ATTRIBUTE keep boolean, ADD ATTRIBUTE revision bigint, ADD ATTRIBUTE next_at bigint,
    ADD ATTRIBUTE fired_at bigint;
