-- purpose: adds a row as wide as a task's definition
-- params: ?1 payload
-- cost: one row at the end of the table
INSERT INTO rows (n, payload) VALUES (0, ?1)
