-- purpose: which ready tasks come next for a worker type, up to p_n, all of the highest class
-- params: p_type; its claim lock is held
-- cost: as many streams, lanes and tasks as are picked, and the streams that have changed since the last claim
CREATE FUNCTION plan_HASH(p_type text, p_n integer) RETURNS picked[] LANGUAGE plpgsql AS $$
BEGIN
    RETURN (WITH changed AS MATERIALIZED (
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
            SELECT * FROM (VALUES (0::smallint, ready_high + high), (1, ready_medium + medium), (2, ready_low + low))
                AS v (class, ready) WHERE ready > 0 AND NOT paused AND NOT deleted ORDER BY class LIMIT 1) AS c ON true
    ), top AS MATERIALIZED (
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
    ), slot AS (
        -- The share that a stream has when its i-th task is picked; the smallest comes next.
        SELECT t.stream, t.class, i, row_number() OVER (ORDER BY CASE
            WHEN t.running + i < t.reserved THEN (t.running + i - t.reserved)::double precision / t.reserved
            ELSE (t.running + i - t.reserved)::double precision / t.be_mult END, t.reserved DESC, t.stream, i) AS seq
        -- Where p_n streams have work, none is picked again beyond the share of the last of them.
        FROM (
            SELECT *, CASE WHEN count(*) OVER () = p_n THEN max(share) OVER () END AS b FROM top
            WHERE class = (SELECT min(class) FROM top)
        ) AS t CROSS JOIN generate_series(0, least(ready, p_n,
            floor(CASE WHEN b < 0 THEN b * reserved ELSE b * be_mult END + reserved - running)::bigint + 2) - 1) AS i
        ORDER BY seq LIMIT p_n
    ), pick AS (
        SELECT need.stream, found.job, found.task,
            row_number() OVER (PARTITION BY need.stream ORDER BY found.job, found.task) - 1 AS i
        FROM (SELECT stream, class, count(*) AS n FROM slot GROUP BY stream, class) AS need
        CROSS JOIN LATERAL (
            SELECT l.job, t.task FROM (
                SELECT job, first, (sum(ready) OVER (ORDER BY job) - ready)::bigint AS before FROM (
                    SELECT job, first, ready FROM lanes
                    WHERE stream = need.stream AND priority = need.class AND claimable ORDER BY job LIMIT need.n
                ) AS x) AS l CROSS JOIN LATERAL (
                SELECT task FROM tasks
                WHERE job = l.job AND stream = need.stream AND state = 1 /* ready */ AND task >= l.first
                ORDER BY task LIMIT greatest(need.n - l.before, 0)
            ) AS t WHERE l.before < need.n
        ) AS found
    ), version AS MATERIALIZED (SELECT job, xmin::text FROM jobs WHERE job = ANY (ARRAY(SELECT DISTINCT job FROM pick)))
    SELECT array_agg(ROW(p.job, p.task, p.stream, s.class, j.xmin)::picked ORDER BY s.seq)
    FROM slot AS s JOIN pick AS p ON p.stream = s.stream AND p.i = s.i JOIN version AS j ON j.job = p.job);
END $$;
