-- purpose: the schemas whose names begin alike
-- params: $1 the beginning
-- cost: the schemas
SELECT nspname::text FROM pg_namespace WHERE starts_with(nspname::text, $1)
