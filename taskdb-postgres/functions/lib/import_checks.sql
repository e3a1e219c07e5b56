-- purpose: what is wrong with the tasks of an export, and their edges
-- params: p_records
-- cost: the tasks and their prerequisites
CREATE FUNCTION import_refusal_HASH(p_records record_in[]) RETURNS jsonb LANGUAGE sql AS $$
    SELECT CASE
        WHEN j.job IS NULL THEN jsonb_build_array('no_job_yet', r.name, r.job_id)
        WHEN s.stream IS NULL THEN jsonb_build_array('no_stream_yet', r.name)
        ELSE jsonb_build_array('claim_state', r.name, r.own_state)
    END
    FROM unnest(p_records) AS r
    LEFT JOIN jobs AS j ON j.id = r.job_id
    LEFT JOIN streams AS s ON s.id = r.stream_id
    WHERE r.kind = 'task'
        AND NOT EXISTS (SELECT 1 FROM definitions AS d WHERE d.job = j.job AND d.name = r.name)
        AND (
            j.job IS NULL OR s.stream IS NULL
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
    LEFT JOIN definitions AS d ON d.job = i.job AND d.name = x.name
    WHERE d.task IS NULL OR d.task >= i.task
    ORDER BY (i.r).place LIMIT 1;
    IF FOUND THEN
        RETURN v_refusal;
    END IF;
    WITH edge AS (
        SELECT i.job, d.task AS pre, i.task AS post,
            p.state <> 3 /* done */ AND NOT ((i.r).run_if = 1 AND p.tolerated) AS waits
        FROM taskdb_incoming AS i CROSS JOIN unnest(i.prerequisites) AS x (name)
        JOIN definitions AS d ON d.job = i.job AND d.name = x.name
        JOIN tasks AS p ON p.job = d.job AND p.task = d.task
    ), kept AS (
        INSERT INTO edges (job, pre, post) SELECT job, pre, post FROM edge ON CONFLICT DO NOTHING
    )
    UPDATE tasks AS t SET waiting_on = e.n
    FROM (SELECT job, post, count(*) AS n FROM edge WHERE waits GROUP BY job, post) AS e
    WHERE t.job = e.job AND t.task = e.post;
    RETURN NULL;
END $$;
