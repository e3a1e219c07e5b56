-- purpose: jobs that retention passes by, schedules, the workers that say they live, and a place for probes
-- params: none
-- cost: once per file
ALTER TABLE jobs ADD COLUMN keep INTEGER NOT NULL DEFAULT 0;
CREATE INDEX jobs_kept ON jobs (ns, state, job) WHERE keep = 1;

CREATE TABLE schedules (
    ns INTEGER NOT NULL REFERENCES namespaces,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    revision INTEGER NOT NULL,
    next_at INTEGER,
    fired_at INTEGER,
    PRIMARY KEY (ns, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE workers (
    ns INTEGER NOT NULL REFERENCES namespaces,
    worker_id TEXT NOT NULL,
    about TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (ns, worker_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX workers_by_end ON workers (ns, expires_at);

CREATE TABLE probes (
    ns INTEGER NOT NULL REFERENCES namespaces,
    written_at INTEGER NOT NULL
) STRICT;
