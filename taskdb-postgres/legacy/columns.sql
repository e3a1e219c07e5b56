-- purpose: the columns of the four tables that make a database of the layout before this one, with their types
-- params: none
-- cost: a look into the catalog
SELECT c.relname::text AS relation, a.attname::text AS name, t.typname::text AS type
FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type AS t ON t.oid = a.atttypid
WHERE c.relnamespace = 'public'::regnamespace AND c.relname IN ('streams', 'jobs', 'tasks', 'task_deps')
