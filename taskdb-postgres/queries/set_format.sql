-- purpose: note which layout the tables have
-- params: $1 format, $2 the oldest reader
-- cost: one row
UPDATE ns.meta SET format = $1, min_reader = $2
