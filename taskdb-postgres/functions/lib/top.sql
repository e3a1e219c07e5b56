-- purpose: the streams whose turn it is next, with what was counted since they were written, all with ready tasks
-- params: p_type; its claim lock is held; p_n how many at most
-- cost: as many streams, and those that have changed since the last claim
CREATE FUNCTION top_HASH(p_type text, p_n bigint) RETURNS TABLE (
    stream bigint, class smallint, share double precision, reserved integer, be_mult double precision,
    running bigint, ready bigint
) LANGUAGE sql STABLE AS $$
    WITH changed AS MATERIALIZED (
        -- As the streams stand with what was counted since they were written.
        SELECT s.stream, c.class, CASE WHEN n < reserved THEN (n - reserved)::double precision / reserved ELSE
            (n - reserved)::double precision / be_mult END AS share, reserved, be_mult, n AS running, ready::bigint
        FROM (
            SELECT stream, sum(running)::bigint AS running, sum(ready * (priority = 0)::integer) AS high,
                sum(ready * (priority = 1)::integer) AS medium, sum(ready * (priority = 2)::integer) AS low
            FROM stream_deltas WHERE worker_type = p_type GROUP BY stream
        ) AS d
        CROSS JOIN LATERAL (SELECT *, running + d.running AS n FROM streams WHERE stream = d.stream LIMIT 1) AS s
        LEFT JOIN LATERAL (
            SELECT class::smallint, ready
            FROM (VALUES (0, ready_high + high), (1, ready_medium + medium), (2, ready_low + low)) AS v (class, ready)
            WHERE ready > 0 AND NOT paused AND NOT deleted ORDER BY class LIMIT 1) AS c ON true
    )
    -- Of the streams as written, at least p_n have not changed, unless there are fewer.
    SELECT * FROM (
        SELECT * FROM (
            SELECT stream, class, share, reserved, be_mult, running, CASE class WHEN 0 /* high */ THEN ready_high
                WHEN 1 /* medium */ THEN ready_medium ELSE ready_low END AS ready
            FROM streams WHERE worker_type = p_type AND class IS NOT NULL
            ORDER BY class, share, reserved DESC, stream LIMIT p_n + (SELECT count(*) FROM changed)
        ) AS s WHERE stream NOT IN (SELECT stream FROM changed)
        UNION ALL SELECT * FROM changed WHERE class IS NOT NULL
    ) AS s ORDER BY class, share, reserved DESC, stream LIMIT p_n
$$;
