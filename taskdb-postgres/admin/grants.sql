-- purpose: let a role do everything in a namespace that calls do, and make, change or drop nothing
-- params: NAMESPACE and ROLE are put in
-- cost: once for each role; tables of later releases follow by themselves, when who runs this lays them out
GRANT USAGE ON SCHEMA NAMESPACE TO ROLE;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA NAMESPACE TO ROLE;
-- What lays out a namespace says in these two what there is; calls close, open and mark the gate, and say what the event log takes.
REVOKE INSERT, UPDATE, DELETE ON NAMESPACE.meta, NAMESPACE.function_sets FROM ROLE;
GRANT UPDATE (gate, mark, event_level, event_age, event_count) ON NAMESPACE.meta TO ROLE;
GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA NAMESPACE TO ROLE;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA NAMESPACE TO ROLE;
ALTER DEFAULT PRIVILEGES IN SCHEMA NAMESPACE GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ROLE;
ALTER DEFAULT PRIVILEGES IN SCHEMA NAMESPACE GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO ROLE;
ALTER DEFAULT PRIVILEGES IN SCHEMA NAMESPACE GRANT EXECUTE ON FUNCTIONS TO ROLE;
-- An import sorts what arrives in a temporary table.
DO $$ BEGIN
    EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO ROLE', current_database());
END $$;
