-- purpose: whether there is something to tidy up: what deleted jobs have left or outputs kept long enough, and events
--   beyond the bounds of the log
-- params: p_now the time
-- cost: a row of each table
CREATE FUNCTION trash_waits_HASH(p_now bigint) RETURNS boolean LANGUAGE sql AS $$
    SELECT EXISTS (SELECT 1 FROM trash) OR EXISTS (SELECT 1 FROM kept_outputs WHERE expires_at <= p_now)
$$;

-- By their numbers, without counting: numbers that were lost make the log shorter.
CREATE FUNCTION log_is_long_HASH(p_now bigint) RETURNS boolean LANGUAGE sql AS $$
    SELECT EXISTS (
        SELECT 1 FROM (SELECT event, at FROM events ORDER BY xid, event LIMIT 1) AS first
        CROSS JOIN meta CROSS JOIN events_event_seq AS last
        WHERE first.event < last.last_value - meta.event_count + 1 OR later_HASH(first.at, meta.event_age) < p_now
    )
$$;
