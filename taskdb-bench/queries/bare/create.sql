-- purpose: the one table of the file that the limits are measured on
-- params: none
-- cost: one row of the schema
CREATE TABLE rows (id INTEGER PRIMARY KEY, n INTEGER NOT NULL, payload TEXT NOT NULL) STRICT
