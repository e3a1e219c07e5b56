-- purpose: which ready tasks come next for a worker type, up to p_n, all of the highest class
-- params: p_type; its claim lock is held
-- cost: as many streams, lanes and tasks as are picked, and the streams that have changed since the last claim
CREATE FUNCTION plan_HASH(p_type text, p_n integer) RETURNS picked[] LANGUAGE plpgsql AS $$
BEGIN
    IF p_n = 1 THEN
        RETURN plan_one_HASH(p_type);
    END IF;
    RETURN (WITH top AS MATERIALIZED (
        SELECT * FROM top_HASH(p_type, p_n)
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

-- The same for one task alone.
CREATE FUNCTION plan_one_HASH(p_type text) RETURNS picked[] LANGUAGE plpgsql AS $$
BEGIN
    RETURN (
        SELECT ARRAY[ROW(l.job, t.task, s.stream, s.class, j.version)::picked]
        FROM top_HASH(p_type, 1) AS s
        CROSS JOIN LATERAL (
            SELECT job, first FROM lanes WHERE stream = s.stream AND priority = s.class AND claimable
            ORDER BY job LIMIT 1
        ) AS l
        CROSS JOIN LATERAL (
            SELECT task FROM tasks WHERE job = l.job AND stream = s.stream AND state = 1 /* ready */ AND task >= l.first
            ORDER BY task LIMIT 1
        ) AS t
        CROSS JOIN LATERAL (SELECT xmin::text AS version FROM jobs WHERE job = l.job LIMIT 1) AS j
    );
END $$;
