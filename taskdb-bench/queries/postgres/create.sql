-- purpose: the table that the limits are measured on, with rows to update and to claim
-- params: none; ROWS stands for their number
-- cost: the rows
CREATE TABLE limits (
    id bigint PRIMARY KEY, state smallint NOT NULL DEFAULT 1 /* ready */, n bigint NOT NULL DEFAULT 0, payload text NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX limits_ready ON limits (id) WHERE state = 1 /* ready */;
INSERT INTO limits (id, payload) SELECT id, repeat('x', 100) FROM generate_series(1, ROWS) AS id;
CREATE TABLE bulk (id bigint PRIMARY KEY, payload text NOT NULL);
ANALYZE limits
