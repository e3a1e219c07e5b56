-- purpose: who keeps dead rows from being cleaned, the oldest first: in transactions, and in seconds where known
-- params: none
-- cost: one row for each connection, prepared transaction and replication slot
SELECT held.by, held.name, age(held.xmin)::bigint AS transactions,
    extract(epoch FROM now() - held.since)::double precision AS seconds
FROM (
    SELECT 'connection' AS by, pid::text AS name, backend_xmin AS xmin, xact_start AS since
    FROM pg_stat_activity WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid()
    UNION ALL
    SELECT 'prepared transaction', gid, transaction, prepared FROM pg_prepared_xacts
    UNION ALL
    SELECT 'replication slot', slot_name::text, slots.xmin, NULL
    FROM pg_replication_slots AS slots WHERE slots.xmin IS NOT NULL
) AS held
ORDER BY transactions DESC, seconds DESC NULLS LAST;
