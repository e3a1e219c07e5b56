-- purpose: drop a function of an old release
-- params: NAME is put in
-- cost: a look into the catalog
DROP FUNCTION IF EXISTS NAME
