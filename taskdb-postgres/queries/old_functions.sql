-- purpose: functions of releases before the last one, by name, as to be dropped
-- params: $1 the schema, $2 the hash of the present set
-- cost: a look into the catalog
SELECT p.oid::regprocedure::text AS name
FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace AND n.nspname = $1
WHERE right(p.proname, 8) IN (
    SELECT hash FROM ns.function_sets WHERE hash <> $2 ORDER BY installed DESC OFFSET 1
)
