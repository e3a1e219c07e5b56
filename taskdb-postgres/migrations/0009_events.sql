-- purpose: the event log, and what it takes: level, age in microseconds, count
-- params: none
-- cost: once per namespace
ALTER TABLE meta
    ADD COLUMN event_level smallint NOT NULL DEFAULT 1 CHECK (event_level BETWEEN 0 AND 2),
    ADD COLUMN event_age bigint NOT NULL DEFAULT 604800000000,
    ADD COLUMN event_count bigint NOT NULL DEFAULT 100000;

-- The key is the order of the log. `xid` is that of the transaction, or a later one that had ended
-- before the event: what an event has waited for is never behind it.
CREATE TABLE events (
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    event bigint GENERATED ALWAYS AS IDENTITY,
    at bigint NOT NULL,
    kind smallint NOT NULL,
    job_id uuid NOT NULL,
    task_id text COLLATE "C",
    attempt bigint,
    worker_id text COLLATE "C",
    detail bytea,
    PRIMARY KEY (xid, event)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 2000);
