-- purpose: what the namespace is
-- params: $1 the clock or null; $2 whether its size is wanted
-- cost: one row, and for the size the catalog of tables and the files of each table of the schema
SELECT format, min_reader, gate, mark, event_level, event_age, event_count, current_setting('server_version') AS version,
    coalesce($1::bigint, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint) AS now,
    CASE WHEN $2 THEN (
        SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class
        WHERE relkind = 'r' AND relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = meta.tableoid)
    ) END AS bytes
FROM ns.meta
