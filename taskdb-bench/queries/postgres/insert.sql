-- purpose: rows as wide as a task's definition, many at a time
-- params: $1 ids, $2 payloads
-- cost: the rows
INSERT INTO bulk (id, payload) SELECT * FROM unnest($1, $2)
