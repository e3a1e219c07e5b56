-- purpose: the usual claim of a queue: the first row that nobody else holds
-- params: none
-- cost: one row, behind those that others hold
UPDATE limits SET state = 2 /* running */ WHERE id = (
    SELECT id FROM limits WHERE state = 1 /* ready */ ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1
) RETURNING id, payload;
