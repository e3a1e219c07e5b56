-- purpose: the tables of a schema
-- params: $1 the schema
-- cost: the tables
SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relkind = 'r'
