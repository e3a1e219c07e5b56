-- purpose: add what was counted since to the streams of a worker type
-- params: p_type; the claim lock of the type is held; p_claimed a task that is claimed in the same step, or null
-- cost: the changes since the last claim
CREATE FUNCTION fold_HASH(p_type text, p_claimed picked) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH gone AS (
        DELETE FROM stream_deltas WHERE worker_type = p_type
        RETURNING stream, priority, pending, ready, running
    )
    UPDATE streams AS s
    SET pending = s.pending + d.pending, running = s.running + d.running,
        ready_high = s.ready_high + d.high, ready_medium = s.ready_medium + d.medium,
        ready_low = s.ready_low + d.low
    -- An array, for whatever the planner takes for a few is looked up one by one.
    FROM unnest(ARRAY(
        SELECT ROW(stream, sum(pending)::bigint, sum(running)::bigint, sum(ready * (priority = 0)::integer)::bigint,
            sum(ready * (priority = 1)::integer)::bigint, sum(ready * (priority = 2)::integer)::bigint)
        FROM (
            SELECT * FROM gone
            UNION ALL SELECT p_claimed.stream, p_claimed.class, 0, -1, 1 WHERE p_claimed.job IS NOT NULL
        ) AS moved GROUP BY stream
    )) AS d (stream bigint, pending bigint, running bigint, high bigint, medium bigint, low bigint)
    WHERE s.stream = d.stream;
END $$;

-- The lock that puts the claims of a worker type in order.
CREATE FUNCTION claim_lock_HASH(p_type text) RETURNS bigint LANGUAGE sql AS $$
    SELECT hashtextextended(current_schema() || ' ' || p_type, 2)
$$;

-- Folds if no claim is under way, so that nothing piles up where nobody claims.
CREATE FUNCTION try_fold_HASH(p_stream_ids uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_type text;
BEGIN
    FOR v_type IN SELECT DISTINCT worker_type FROM streams WHERE id = ANY (p_stream_ids) LOOP
        IF pg_try_advisory_xact_lock(claim_lock_HASH(v_type)) THEN
            PERFORM fold_HASH(v_type, NULL);
        END IF;
    END LOOP;
END $$;
