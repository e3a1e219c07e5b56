-- purpose: the smallest change there is, of the one row that the table then has
-- params: none
-- cost: one row by its key
UPDATE rows SET n = n + 1 WHERE id = 1
