-- purpose: finish tasks at once if each is running and held as the call says, and none is there twice:
--   then no entry has a say in another; false with nothing written otherwise
-- params: arrays of one length, jobs locked, p_now the clock
-- cost: one row for each task and each dependant
CREATE FUNCTION finish_held_HASH(
    p_ids uuid[], p_names text[], p_claims uuid[], p_attempts bigint[], p_outputs text[], p_now bigint
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_jobs bigint[];
    v_tasks integer[];
    v_held boolean;
BEGIN
    SELECT array_agg(t.job ORDER BY e.place), array_agg(t.task ORDER BY e.place),
        count(DISTINCT (t.job, t.task)) = cardinality(p_ids)
            AND bool_and(e.claim IS NULL OR t.claim_id = e.claim AND t.attempt = e.attempt)
    INTO v_jobs, v_tasks, v_held
    FROM unnest(p_ids, p_names, p_claims, p_attempts) WITH ORDINALITY AS e (id, name, claim, attempt, place)
    JOIN jobs AS j ON j.id = e.id
    -- Without OFFSET the planner may search the whole job.
    CROSS JOIN LATERAL (SELECT task FROM definitions WHERE job = j.job AND name = e.name OFFSET 0) AS d
    CROSS JOIN LATERAL (SELECT * FROM tasks WHERE job = j.job AND task = d.task OFFSET 0) AS t
    WHERE t.state = 2 /* running */;
    IF NOT coalesce(v_held, false) THEN
        RETURN false;
    END IF;
    PERFORM finish_HASH(v_jobs, v_tasks, ARRAY(
        SELECT (claim IS NOT NULL)::integer::smallint FROM unnest(p_claims) WITH ORDINALITY AS c (claim, place)
        ORDER BY place
    ), p_outputs, p_now);
    PERFORM close_HASH(v_jobs, p_now);
    RETURN true;
END $$;
