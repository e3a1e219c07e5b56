-- purpose: the usual claim of a queue, and its end in a transaction of its own
-- params: none
-- cost: one row, behind those that others hold
UPDATE limits SET state = 2 /* running */ WHERE id = (
    SELECT id FROM limits WHERE state = 1 /* ready */ ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1
) RETURNING id \gset
UPDATE limits SET state = 3 /* done */, n = n + 1 WHERE id = :id;
