-- purpose: the event log and its bounds: level, age in microseconds, count; the number of the next event
-- params: none
-- cost: once per file
ALTER TABLE namespaces ADD COLUMN event_level INTEGER NOT NULL DEFAULT 1;
ALTER TABLE namespaces ADD COLUMN event_age INTEGER NOT NULL DEFAULT 604800000000;
ALTER TABLE namespaces ADD COLUMN event_count INTEGER NOT NULL DEFAULT 100000;
ALTER TABLE namespaces ADD COLUMN next_event INTEGER NOT NULL DEFAULT 0;

CREATE TABLE events (
    ns INTEGER NOT NULL REFERENCES namespaces,
    event INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    job_id BLOB NOT NULL CHECK (length(job_id) = 16),
    task_id TEXT,
    attempt INTEGER,
    worker_id TEXT,
    detail TEXT,
    PRIMARY KEY (ns, event)
) STRICT, WITHOUT ROWID;
