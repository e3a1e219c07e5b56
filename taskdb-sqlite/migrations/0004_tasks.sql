-- purpose: tasks with their claims, apart from the wide payloads written once
-- params: none
-- cost: once per file
CREATE TABLE tasks (
    ns INTEGER NOT NULL,
    job INTEGER NOT NULL,
    task INTEGER NOT NULL,
    name TEXT NOT NULL,
    stream INTEGER NOT NULL,
    state INTEGER NOT NULL CHECK (state BETWEEN 0 /* pending */ AND 5 /* cancelled */),
    waiting_on INTEGER NOT NULL CHECK (waiting_on >= 0),
    optional INTEGER NOT NULL,
    run_if INTEGER NOT NULL,
    tolerated INTEGER NOT NULL DEFAULT 0,
    max_retries INTEGER NOT NULL,
    retries INTEGER NOT NULL DEFAULT 0 CHECK (retries <= max_retries),
    losses INTEGER NOT NULL DEFAULT 0,
    attempt INTEGER NOT NULL DEFAULT 0,
    timeout_secs INTEGER NOT NULL,
    progress REAL NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    updated_at INTEGER NOT NULL,
    start_at INTEGER,
    deadline INTEGER,
    work_deadline INTEGER,
    lease INTEGER,
    lease_end INTEGER,
    claim_id BLOB,
    worker_id TEXT,
    closing INTEGER NOT NULL DEFAULT 0,
    error TEXT,
    PRIMARY KEY (ns, job, task)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX tasks_by_name ON tasks (ns, job, name);
CREATE INDEX tasks_active ON tasks (ns, job, stream, state, task)
    WHERE state IN (1 /* ready */, 2 /* running */);
CREATE INDEX tasks_expiring ON tasks (ns, deadline, job, task) WHERE state = 2 /* running */;
CREATE INDEX tasks_claimed ON tasks (ns, claim_id) WHERE state = 2 /* running */;
CREATE INDEX tasks_held ON tasks (ns, worker_id, job, task) WHERE state = 2 /* running */;

CREATE TABLE definitions (
    ns INTEGER NOT NULL,
    job INTEGER NOT NULL,
    task INTEGER NOT NULL,
    prerequisites TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (ns, job, task)
) STRICT, WITHOUT ROWID;

CREATE TABLE outputs (
    ns INTEGER NOT NULL,
    job INTEGER NOT NULL,
    task INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (ns, job, task)
) STRICT, WITHOUT ROWID;
