-- purpose: count the prerequisites and lanes of one job anew from its tasks
-- params: p_job; nobody else changes anything
-- cost: the tasks of the job with their prerequisites
CREATE FUNCTION mend_waits_HASH(p_job bigint) RETURNS bigint LANGUAGE sql AS $$
    WITH truth AS (
        SELECT t.task, count(x.name) FILTER (
            WHERE NOT coalesce(p.state = 3 /* done */ OR t.run_if = 1 AND p.tolerated, false)
        ) AS waits
        FROM tasks AS t JOIN definitions AS own ON own.job = t.job AND own.task = t.task
        LEFT JOIN unnest(own.prerequisites) AS x (name) ON true
        LEFT JOIN definitions AS d ON d.job = p_job AND d.name = x.name
        LEFT JOIN tasks AS p ON p.job = p_job AND p.task = d.task
        WHERE t.job = p_job AND NOT EXISTS (SELECT 1 FROM releases WHERE job = p_job)
        GROUP BY t.task
    ), mended AS (
        UPDATE tasks AS t SET waiting_on = truth.waits
        FROM truth WHERE t.job = p_job AND t.task = truth.task AND t.waiting_on <> truth.waits
        RETURNING 1
    )
    SELECT count(*) FROM mended
$$;

-- Lanes and the counters of the job; whether any was wrong. Streams are counted last.
CREATE FUNCTION mend_lanes_HASH(p_job bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_before text[] := ARRAY(SELECT (to_jsonb(l) - 'first')::text FROM lanes AS l WHERE job = p_job ORDER BY stream);
    v_late boolean := EXISTS (
        SELECT 1 FROM lanes AS l JOIN tasks AS t ON t.job = l.job AND t.stream = l.stream
        WHERE l.job = p_job AND t.state = 1 /* ready */ AND t.task < l.first
    );
BEGIN
    DELETE FROM lanes WHERE job = p_job;
    INSERT INTO lanes (job, stream, priority, stopped, pending, ready, running, done, failed, cancelled)
    SELECT j.job, t.stream, j.priority, j.state >= 2 /* job failed */,
        count(*) FILTER (WHERE t.state = 0 /* pending */), count(*) FILTER (WHERE t.state = 1 /* ready */),
        count(*) FILTER (WHERE t.state = 2 /* running */), count(*) FILTER (WHERE t.state = 3 /* done */),
        count(*) FILTER (WHERE t.state = 4 /* failed */), count(*) FILTER (WHERE t.state = 5 /* cancelled */)
    FROM tasks AS t JOIN jobs AS j ON j.job = t.job WHERE t.job = p_job
    GROUP BY j.job, t.stream, j.priority, j.state;
    UPDATE jobs AS j
    SET tasks = c.tasks, unresolved = c.unresolved, open = c.open, hard = c.hard
    FROM (
        SELECT count(*) AS tasks, count(*) FILTER (WHERE state <> 3 /* done */) AS unresolved,
            count(*) FILTER (WHERE state < 3 /* done */) AS open,
            count(*) FILTER (WHERE state > 3 /* done */ AND NOT tolerated) AS hard
        FROM tasks WHERE job = p_job
    ) AS c
    WHERE j.job = p_job
        AND (j.tasks, j.unresolved, j.open, j.hard) <> (c.tasks, c.unresolved, c.open, c.hard);
    RETURN FOUND OR v_late
        OR v_before <> ARRAY(SELECT (to_jsonb(l) - 'first')::text FROM lanes AS l WHERE job = p_job ORDER BY stream);
END $$;
