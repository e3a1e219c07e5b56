-- purpose: count the streams anew from the lanes
-- params: none; nobody else changes anything
-- cost: the streams, and one row for each job and stream
CREATE FUNCTION mend_streams_HASH() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_type text;
    v_mended bigint;
BEGIN
    FOR v_type IN SELECT DISTINCT worker_type FROM stream_deltas LOOP
        PERFORM fold_HASH(v_type, NULL);
    END LOOP;
    WITH truth AS (
        SELECT s.stream, coalesce(sum(l.running), 0) AS running,
            coalesce(sum(l.pending) FILTER (WHERE NOT l.stopped), 0) AS pending,
            coalesce(sum(l.ready) FILTER (WHERE NOT l.stopped AND l.priority = 0), 0) AS high,
            coalesce(sum(l.ready) FILTER (WHERE NOT l.stopped AND l.priority = 1), 0) AS medium,
            coalesce(sum(l.ready) FILTER (WHERE NOT l.stopped AND l.priority = 2), 0) AS low
        FROM streams AS s LEFT JOIN lanes AS l ON l.stream = s.stream GROUP BY s.stream
    ), mended AS (
        UPDATE streams AS s
        SET pending = t.pending, running = t.running, ready_high = t.high, ready_medium = t.medium,
            ready_low = t.low
        FROM truth AS t
        WHERE s.stream = t.stream AND (s.pending, s.running, s.ready_high, s.ready_medium, s.ready_low)
            <> (t.pending, t.running, t.high, t.medium, t.low)
        RETURNING 1
    )
    SELECT count(*) INTO v_mended FROM mended;
    PERFORM wake_HASH(string_agg(stream || ' 1', ',')) FROM streams WHERE NOT deleted;
    RETURN v_mended;
END $$;
