-- purpose: lay out a namespace, or bring one up to date, as the program would at connect
-- params: NAMESPACE, FORMAT, MIN_READER, MIGRATIONS, FUNCTIONS and HASH are put in
-- cost: once for each release
BEGIN;
SELECT pg_advisory_xact_lock(hashtextextended('SCHEMA', 5));
CREATE SCHEMA IF NOT EXISTS NAMESPACE;
SET LOCAL search_path TO NAMESPACE, pg_temp;
SET LOCAL check_function_bodies TO off;
MIGRATIONS
UPDATE meta SET format = FORMAT, min_reader = MIN_READER;
FUNCTIONS;
INSERT INTO function_sets (hash) VALUES ('HASH') ON CONFLICT (hash) DO NOTHING;
COMMIT;
