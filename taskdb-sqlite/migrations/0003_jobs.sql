-- purpose: jobs, and the lanes that make the ready index two levels deep
-- params: none
-- cost: once per file
CREATE TABLE jobs (
    ns INTEGER NOT NULL REFERENCES namespaces,
    job INTEGER NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    user_id TEXT NOT NULL,
    state INTEGER NOT NULL CHECK (state BETWEEN 0 /* job running */ AND 3 /* job cancelled */),
    error TEXT,
    priority INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 2),
    key TEXT,
    key_expires_at INTEGER,
    next_task INTEGER NOT NULL DEFAULT 0,
    tasks INTEGER NOT NULL DEFAULT 0,
    unresolved INTEGER NOT NULL DEFAULT 0,
    open INTEGER NOT NULL DEFAULT 0,
    hard INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (ns, job)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX jobs_by_id ON jobs (ns, id);
CREATE UNIQUE INDEX jobs_by_key ON jobs (ns, user_id, key) WHERE key IS NOT NULL;
CREATE INDEX jobs_running ON jobs (ns, user_id) WHERE state = 0 /* job running */;
CREATE INDEX jobs_done ON jobs (ns, job) WHERE state = 1 /* job done */;

CREATE TABLE lanes (
    ns INTEGER NOT NULL,
    job INTEGER NOT NULL,
    stream INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    stopped INTEGER NOT NULL,
    pending INTEGER NOT NULL DEFAULT 0,
    ready INTEGER NOT NULL DEFAULT 0,
    running INTEGER NOT NULL DEFAULT 0,
    done INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    cancelled INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (ns, job, stream)
) STRICT, WITHOUT ROWID;
CREATE INDEX lanes_claimable ON lanes (ns, stream, priority, job) WHERE ready > 0 AND stopped = 0;
