-- purpose: the namespace and its streams; see docs/architecture.md for how the tables fit together
-- params: none
-- cost: once per namespace
CREATE TABLE meta (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    format integer NOT NULL,
    min_reader integer NOT NULL,
    gate smallint NOT NULL DEFAULT 0 CHECK (gate BETWEEN 0 AND 2)
);
INSERT INTO meta (format, min_reader) VALUES (0, 0);

CREATE TABLE function_sets (
    installed integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hash text COLLATE "C" NOT NULL UNIQUE
);

CREATE SEQUENCE stream_ages MINVALUE 0 START 0;
CREATE TABLE streams (
    stream bigint PRIMARY KEY,
    id uuid NOT NULL UNIQUE,
    worker_type text COLLATE "C" NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    reserved integer NOT NULL CHECK (reserved >= 0),
    be_mult double precision NOT NULL CHECK (be_mult > 0),
    paused boolean NOT NULL DEFAULT false,
    deleted boolean NOT NULL DEFAULT false,
    pending bigint NOT NULL DEFAULT 0,
    ready_high bigint NOT NULL DEFAULT 0,
    ready_medium bigint NOT NULL DEFAULT 0,
    ready_low bigint NOT NULL DEFAULT 0,
    running bigint NOT NULL DEFAULT 0,
    class smallint GENERATED ALWAYS AS (
        CASE
            WHEN paused OR deleted THEN NULL
            WHEN ready_high > 0 THEN 0 /* high */
            WHEN ready_medium > 0 THEN 1 /* medium */
            WHEN ready_low > 0 THEN 2 /* low */
        END
    ) STORED,
    share double precision GENERATED ALWAYS AS (
        CASE WHEN running < reserved
            THEN (running - reserved)::double precision / reserved
            ELSE (running - reserved)::double precision / be_mult
        END
    ) STORED
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 500);
CREATE INDEX streams_by_owner ON streams (user_id, worker_type, stream) WHERE NOT deleted;
CREATE INDEX streams_next ON streams (worker_type, class, share, reserved DESC, stream)
    WHERE class IS NOT NULL;

CREATE TABLE stream_deltas (
    worker_type text COLLATE "C" NOT NULL,
    stream bigint NOT NULL,
    priority smallint NOT NULL,
    pending bigint NOT NULL,
    ready bigint NOT NULL,
    running bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 1000);
CREATE INDEX stream_deltas_by_stream ON stream_deltas (worker_type, stream);
