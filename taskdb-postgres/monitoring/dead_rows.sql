-- purpose: which share of the rows of each table is dead, and when it was last cleaned
-- params: none; `taskdb` is the namespace
-- cost: statistics of the server, no table of the namespace
SELECT relname::text AS "table", n_live_tup AS live, n_dead_tup AS dead,
    coalesce(n_dead_tup::double precision / nullif(n_live_tup + n_dead_tup, 0), 0) AS dead_share,
    greatest(last_vacuum, last_autovacuum)::text AS last_vacuum
FROM pg_stat_user_tables
WHERE relid IN (SELECT oid FROM pg_class WHERE relnamespace = 'taskdb'::regnamespace)
ORDER BY dead DESC, relname;
