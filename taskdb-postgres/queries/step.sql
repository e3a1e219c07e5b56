-- purpose: find out whether the next answer on a connection is that of the next call
-- params: $1 the stamp of the call
-- cost: none
SELECT $1::bigint AS stamp
