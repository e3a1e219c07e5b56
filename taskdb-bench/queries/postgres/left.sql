-- purpose: whether a row is left to claim
-- params: none
-- cost: a look into the index
SELECT EXISTS (SELECT 1 FROM limits WHERE state = 1 /* ready */)
