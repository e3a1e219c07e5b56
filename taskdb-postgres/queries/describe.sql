-- purpose: what the namespace is
-- params: $1 the clock or null
-- cost: one row
SELECT format, min_reader, gate, mark, event_level, event_age, event_count, current_setting('server_version') AS version,
    coalesce($1::bigint, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint) AS now
FROM ns.meta
