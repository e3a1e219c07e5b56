-- purpose: the failed and cancelled tasks of a stopped job that a replay brings back
-- params: p_job locked
-- cost: the tasks of the job
CREATE FUNCTION revivable_HASH(p_job bigint) RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
    v_chosen integer[] := '{}';
    v_t record;
BEGIN
    FOR v_t IN
        SELECT task, tolerated, waiting_on FROM tasks
        WHERE job = p_job AND state IN (4 /* failed */, 5 /* cancelled */) ORDER BY task
    LOOP
        CONTINUE WHEN v_t.tolerated AND relied_on_HASH(p_job, v_t.task);
        IF v_t.waiting_on = 0 OR dead_prerequisites_HASH(p_job, v_t.task) <@ v_chosen THEN
            v_chosen := v_chosen || v_t.task;
        END IF;
    END LOOP;
    RETURN v_chosen;
END $$;

-- Whether a dependant that tolerates the end of a task has gone on after it.
CREATE FUNCTION relied_on_HASH(p_job bigint, p_task integer) RETURNS boolean LANGUAGE sql AS $$
    SELECT EXISTS (
        SELECT 1 FROM edges AS g JOIN tasks AS t ON t.job = g.job AND t.task = g.post
        WHERE g.job = p_job AND g.pre = p_task AND t.run_if = 1
            AND t.state BETWEEN 1 /* ready */ AND 3 /* done */
    )
$$;

-- The prerequisites that have not settled for a task and will not on their own.
CREATE FUNCTION dead_prerequisites_HASH(p_job bigint, p_task integer) RETURNS integer[] LANGUAGE sql AS $$
    SELECT ARRAY(
        SELECT p.task FROM tasks AS t
        JOIN definitions AS own ON own.job = t.job AND own.task = t.task
        CROSS JOIN unnest(own.prerequisites) AS x (name)
        JOIN definitions AS d ON d.job = t.job AND d.name = x.name
        JOIN tasks AS p ON p.job = t.job AND p.task = d.task
        WHERE t.job = p_job AND t.task = p_task AND p.state IN (4 /* failed */, 5 /* cancelled */)
            AND NOT (t.run_if = 1 AND p.tolerated)
    )
$$;
