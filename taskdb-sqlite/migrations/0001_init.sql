-- purpose: the tables of format 1; see docs/architecture.md for how they fit together
-- params: none
-- cost: once per file
CREATE TABLE namespaces (
    ns INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    gate INTEGER NOT NULL DEFAULT 0 CHECK (gate BETWEEN 0 AND 2),
    next_stream INTEGER NOT NULL DEFAULT 0,
    next_job INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE streams (
    ns INTEGER NOT NULL REFERENCES namespaces,
    stream INTEGER NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    worker_type TEXT NOT NULL,
    user_id TEXT NOT NULL,
    reserved INTEGER NOT NULL CHECK (reserved >= 0),
    be_mult REAL NOT NULL CHECK (be_mult > 0),
    paused INTEGER NOT NULL DEFAULT 0,
    deleted INTEGER NOT NULL DEFAULT 0,
    pending INTEGER NOT NULL DEFAULT 0,
    ready_high INTEGER NOT NULL DEFAULT 0,
    ready_medium INTEGER NOT NULL DEFAULT 0,
    ready_low INTEGER NOT NULL DEFAULT 0,
    running INTEGER NOT NULL DEFAULT 0,
    share REAL AS (
        CASE WHEN running < reserved
            THEN CAST(running - reserved AS REAL) / reserved
            ELSE (running - reserved) / be_mult
        END
    ) VIRTUAL,
    PRIMARY KEY (ns, stream)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX streams_by_id ON streams (ns, id);
CREATE INDEX streams_by_owner ON streams (ns, user_id, worker_type, stream) WHERE deleted = 0;
