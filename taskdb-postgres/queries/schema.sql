-- purpose: make the schema, one process at a time
-- params: NAMESPACE is put in
-- cost: once per namespace
CREATE SCHEMA IF NOT EXISTS NAMESPACE
