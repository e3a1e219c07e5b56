-- purpose: let one process at a time lay out a namespace
-- params: $1 the schema
-- cost: nothing stored
SELECT pg_advisory_xact_lock(hashtextextended($1, 5))
