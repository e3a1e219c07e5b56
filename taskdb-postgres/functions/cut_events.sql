-- purpose: cut the event log to its bounds, in steps, the oldest first
-- params: p_now the clock or null; answers whether there may be more
-- cost: at most 5000 events
CREATE FUNCTION cut_events_HASH(p_now bigint) RETURNS boolean LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_now bigint := moment_HASH(p_now);
    v_age bigint;
    v_oldest bigint;
    v_cut integer;
BEGIN
    IF NOT log_is_long_HASH(v_now) THEN
        RETURN false;
    END IF;
    SELECT event_age, last_value - event_count + 1 INTO v_age, v_oldest FROM meta CROSS JOIN events_event_seq;
    WITH few AS MATERIALIZED (
        SELECT xid, event, at FROM events ORDER BY xid, event LIMIT 5000 FOR UPDATE SKIP LOCKED
    ), gone AS (
        DELETE FROM events AS e USING few AS f
        WHERE e.xid = f.xid AND e.event = f.event AND (f.event < v_oldest OR later_HASH(f.at, v_age) < v_now)
        RETURNING 1
    )
    SELECT count(*) INTO v_cut FROM gone;
    RETURN v_cut = 5000;
END $$;
