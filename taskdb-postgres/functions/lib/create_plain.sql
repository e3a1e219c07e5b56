-- purpose: add tasks to a job at once, if all are new, in order and waiting for nothing that was tolerated
-- params: as create; false when a task needs a closer look, with nothing written
-- cost: the tasks and their prerequisites
CREATE FUNCTION create_plain_HASH(p_job bigint, p_specs task_spec[], p_max bigint, p_now bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    v_job jobs;
    v_odd boolean;
    v_tasks integer[];
    v_streams bigint[];
    v_states smallint[];
    v_waits integer[];
BEGIN
    SELECT * INTO v_job FROM jobs WHERE job = p_job;
    IF v_job.state >= 2 /* job failed */ OR v_job.tasks + cardinality(p_specs) > p_max THEN
        RETURN false;
    END IF;
    WITH e AS MATERIALIZED (
        SELECT s.*, st.stream, v_job.next_task + (row_number() OVER (ORDER BY s.place))::integer - 1 AS task,
            row_number() OVER (PARTITION BY s.name) > 1
                OR EXISTS (SELECT 1 FROM definitions AS d WHERE d.job = p_job AND d.name = s.name) AS known
        FROM unnest(p_specs) AS s
        LEFT JOIN streams AS st ON st.id = s.stream_id AND NOT st.deleted
    ), p AS (
        SELECT e.place, bool_or(b.task IS NULL AND t.task IS NULL OR t.tolerated AND e.run_if = 0) AS odd,
            count(*) FILTER (WHERE NOT coalesce(t.state = 3 /* done */ OR t.tolerated, false)) AS waits
        FROM e CROSS JOIN unnest(e.prerequisites) AS x (name)
        LEFT JOIN e AS b ON b.name = x.name AND b.place < e.place
        LEFT JOIN definitions AS d ON d.job = p_job AND d.name = x.name
        LEFT JOIN tasks AS t ON t.job = p_job AND t.task = d.task
        GROUP BY e.place
    )
    SELECT bool_or(e.stream IS NULL OR e.known OR coalesce(p.odd, false)),
        array_agg(e.task ORDER BY e.place), array_agg(e.stream ORDER BY e.place),
        array_agg(coalesce(p.waits, 0)::integer ORDER BY e.place),
        array_agg(
            (coalesce(p.waits, 0) = 0 AND begin_HASH(p_now, e.start_at, e.delay) IS NULL)::integer::smallint
            ORDER BY e.place
        )
    INTO v_odd, v_tasks, v_streams, v_waits, v_states
    FROM e LEFT JOIN p ON p.place = e.place;
    IF v_odd THEN
        RETURN false;
    END IF;
    PERFORM insert_HASH(p_job, p_specs, v_tasks, v_streams, v_states, v_waits, p_now);
    RETURN true;
END $$;
