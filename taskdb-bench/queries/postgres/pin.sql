-- purpose: takes a snapshot that the transaction keeps, so that nothing dead may be removed meanwhile
-- params: none
-- cost: nothing stored
BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_namespace
