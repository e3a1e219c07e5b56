-- purpose: which ready tasks come next for a worker type, up to p_n, all of the highest class
-- params: p_type; its claim lock is held and its streams are folded
-- cost: as many streams, lanes and tasks as are picked
CREATE FUNCTION plan_HASH(p_type text, p_n integer) RETURNS picked[] LANGUAGE plpgsql AS $$
BEGIN
    RETURN (WITH top AS MATERIALIZED (
        SELECT stream, class, share, reserved, be_mult, running,
            CASE class WHEN 0 /* high */ THEN ready_high WHEN 1 /* medium */ THEN ready_medium ELSE ready_low END
                AS ready
        FROM streams
        WHERE worker_type = p_type AND class = (
            SELECT class FROM streams WHERE worker_type = p_type AND class IS NOT NULL
            ORDER BY class, share, reserved DESC, stream LIMIT 1
        )
        ORDER BY class, share, reserved DESC, stream LIMIT p_n
    ), slot AS (
        -- The share that a stream has when its i-th task is picked; the smallest comes next.
        SELECT t.stream, t.class, i, row_number() OVER (ORDER BY CASE
            WHEN t.running + i < t.reserved THEN (t.running + i - t.reserved)::double precision / t.reserved
            ELSE (t.running + i - t.reserved)::double precision / t.be_mult
        END, t.reserved DESC, t.stream, i) AS seq
        FROM top AS t CROSS JOIN generate_series(0, least(t.ready, p_n) - 1) AS i
        ORDER BY seq LIMIT p_n
    ), need AS (
        SELECT stream, class, count(*) AS n FROM slot GROUP BY stream, class
    ), pick AS (
        SELECT need.stream, found.job, found.task,
            row_number() OVER (PARTITION BY need.stream ORDER BY found.job, found.task) - 1 AS i
        FROM need CROSS JOIN LATERAL (
            SELECT l.job, t.task
            FROM lanes AS l CROSS JOIN LATERAL (
                SELECT task FROM tasks WHERE job = l.job AND stream = need.stream AND state = 1 /* ready */
                ORDER BY task LIMIT need.n
            ) AS t
            WHERE l.stream = need.stream AND l.priority = need.class AND l.claimable
            ORDER BY l.job, t.task LIMIT need.n
        ) AS found
    )
    SELECT array_agg(ROW(p.job, p.task, p.stream, s.class, j.xmin::text)::picked ORDER BY s.seq)
    FROM slot AS s
    JOIN pick AS p ON p.stream = s.stream AND p.i = s.i
    JOIN jobs AS j ON j.job = p.job);
END $$;
