-- purpose: whether calls can be made on this connection: which isolation it has, and whether it reaches the functions
-- params: $1 the schema, $2 the hash of the functions
-- cost: a look into the catalog
SELECT current_setting('transaction_isolation') AS isolation,
    EXISTS (
        SELECT 1 FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
        WHERE n.nspname = $1 AND p.proname = 'enter_' || $2
    ) AS reached
