-- purpose: what of the namespace and its functions is there; read from the tables of the catalog, since the
--   lookups by name may be stale while a lock is waited for
-- params: $1 the schema, $2 the hash of the functions, $3 the encoding as it must be
-- cost: a look into the catalog
SELECT EXISTS (
        SELECT 1 FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND c.relname = 'meta'
    ) AS has_tables,
    EXISTS (
        SELECT 1 FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
        WHERE n.nspname = $1 AND p.proname = 'enter_' || $2
    ) AS has_functions,
    current_setting('server_encoding') = $3 AS encoding, current_setting('server_version_num')::integer AS version
