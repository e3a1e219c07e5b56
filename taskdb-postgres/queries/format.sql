-- purpose: which layout the tables have
-- params: none
-- cost: one row
SELECT format, min_reader FROM ns.meta
