-- purpose: what is wrong with the tasks of an export, and their edges
-- params: p_records
-- cost: the tasks and their prerequisites
CREATE FUNCTION import_refusal_HASH(p_records record_in[]) RETURNS jsonb LANGUAGE sql AS $$
    SELECT CASE
        WHEN j.job IS NULL THEN jsonb_build_array('no_job_yet', r.name, r.job_id)
        WHEN s.stream IS NULL THEN jsonb_build_array('no_stream_yet', r.name)
        WHEN t.task IS NOT NULL THEN jsonb_build_array('task_age', r.name)
        ELSE jsonb_build_array('claim_state', r.name, r.own_state)
    END
    FROM unnest(p_records) AS r
    LEFT JOIN LATERAL (SELECT job FROM jobs WHERE id = r.job_id LIMIT 1) AS j ON true
    LEFT JOIN LATERAL (SELECT stream FROM streams WHERE id = r.stream_id LIMIT 1) AS s ON true
    LEFT JOIN LATERAL (
        SELECT task FROM definitions WHERE job = j.job AND name = r.name LIMIT 1
    ) AS d ON true
    LEFT JOIN LATERAL (
        SELECT task FROM definitions WHERE job = j.job AND task = r.age LIMIT 1
    ) AS t ON true
    WHERE r.kind = 'task' AND d.task IS NULL
        AND (
            j.job IS NULL OR s.stream IS NULL OR t.task IS NOT NULL
            OR (r.own_state = 2 /* running */) <> (r.claim_id IS NOT NULL)
        )
    ORDER BY r.place LIMIT 1
$$;

-- Writes the edges of the incoming tasks and counts what they wait for; a refusal when a
-- prerequisite is missing or not older.
CREATE FUNCTION import_edges_HASH() RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_refusal jsonb;
BEGIN
    SELECT jsonb_build_array('out_of_order', (i.r).name, x.name) INTO v_refusal
    FROM taskdb_incoming AS i CROSS JOIN unnest(i.prerequisites) AS x (name)
    LEFT JOIN LATERAL (SELECT task FROM definitions WHERE job = i.job AND name = x.name LIMIT 1) AS d ON true
    WHERE d.task IS NULL OR d.task >= i.task
    ORDER BY (i.r).place LIMIT 1;
    IF FOUND THEN
        RETURN v_refusal;
    END IF;
    WITH edge AS (
        SELECT i.job, d.task AS pre, i.task AS post,
            p.state <> 3 /* done */ AND NOT ((i.r).run_if = 1 AND p.tolerated) AS waits
        FROM taskdb_incoming AS i CROSS JOIN unnest(i.prerequisites) AS x (name)
        CROSS JOIN LATERAL (SELECT task FROM definitions WHERE job = i.job AND name = x.name LIMIT 1) AS d
        CROSS JOIN LATERAL (
            SELECT state, tolerated FROM tasks WHERE job = i.job AND task = d.task LIMIT 1
        ) AS p
    ), kept AS (
        INSERT INTO edges (job, pre, post) SELECT job, pre, post FROM edge ON CONFLICT DO NOTHING
    )
    UPDATE tasks AS t SET waiting_on = e.n
    FROM (SELECT job, post, count(*) AS n FROM edge WHERE waits GROUP BY job, post) AS e
    WHERE t.job = e.job AND t.task = e.post;
    RETURN NULL;
END $$;
