-- purpose: what of the namespace and its functions is there
-- params: $1 the schema, quoted, $2 the hash of the functions, $3 its encoding as it must be
-- cost: a look into the catalog
SELECT to_regclass($1 || '.meta') IS NOT NULL AS has_tables,
    to_regprocedure($1 || '.enter_' || $2 || '(boolean)') IS NOT NULL AS has_functions,
    current_setting('server_encoding') = $3 AS encoding, current_setting('server_version_num')::integer AS version
