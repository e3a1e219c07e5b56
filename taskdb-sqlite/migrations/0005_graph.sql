-- purpose: edges, and the persistent sets that let long work go in steps
-- params: none
-- cost: once per file
CREATE TABLE edges (
    ns INTEGER NOT NULL,
    job INTEGER NOT NULL,
    pre INTEGER NOT NULL,
    post INTEGER NOT NULL CHECK (post > pre),
    PRIMARY KEY (ns, job, pre, post)
) STRICT, WITHOUT ROWID;

CREATE TABLE delayed (
    ns INTEGER NOT NULL,
    start_at INTEGER NOT NULL,
    job INTEGER NOT NULL,
    task INTEGER NOT NULL,
    PRIMARY KEY (ns, start_at, job, task)
) STRICT, WITHOUT ROWID;
CREATE INDEX delayed_by_job ON delayed (ns, job);

CREATE TABLE releases (
    ns INTEGER NOT NULL,
    job INTEGER NOT NULL,
    task INTEGER NOT NULL,
    after INTEGER NOT NULL,
    upto INTEGER NOT NULL,
    PRIMARY KEY (ns, job, task)
) STRICT, WITHOUT ROWID;

CREATE TABLE trash (
    ns INTEGER NOT NULL,
    job INTEGER NOT NULL,
    PRIMARY KEY (ns, job)
) STRICT, WITHOUT ROWID;

CREATE TABLE kept_outputs (
    ns INTEGER NOT NULL,
    job_id BLOB NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (ns, job_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX kept_outputs_by_end ON kept_outputs (ns, expires_at);
