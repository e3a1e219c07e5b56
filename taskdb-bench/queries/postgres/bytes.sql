-- purpose: bytes of all tables of a schema, indexes and all
-- params: $1 the schema
-- cost: the tables
SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relkind = 'r'
