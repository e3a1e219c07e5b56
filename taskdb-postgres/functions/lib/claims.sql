-- purpose: hand out the tasks that are next, one for each claim id, in sequence
-- params: as request_work; p_late when jobs are locked already, so that others must not be waited for
-- cost: the tasks handed out; up to 100 delayed tasks and 500 dependants that were left
CREATE FUNCTION claims_HASH(
    p_now bigint, p_type text, p_workers text[], p_leases bigint[], p_claims uuid[], p_late boolean
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_now bigint := moment_HASH(p_now);
    v_places integer[];
    v_plan picked[];
    v_late boolean := tidy_HASH(v_now, p_late);
BEGIN
    IF v_late IS NULL THEN
        RETURN '["again"]';
    END IF;
    -- An id that is live is answered with its task again; of equal ids the first counts.
    v_places := ARRAY(
        SELECT min(w.place) FROM unnest(p_claims) WITH ORDINALITY AS w (claim, place)
        WHERE (SELECT true FROM tasks WHERE claim_id = w.claim AND state = 2 /* running */ LIMIT 1) IS NULL
        GROUP BY w.claim ORDER BY 1
    );
    WHILE cardinality(v_places) > 0 LOOP
        PERFORM fold_HASH(p_type);
        v_plan := plan_HASH(p_type, cardinality(v_places));
        EXIT WHEN v_plan IS NULL;
        IF lock_plan_HASH(v_plan, v_late) THEN
            PERFORM claim_HASH(v_plan, v_places, p_workers, p_leases, p_claims, v_now);
            v_places := v_places[cardinality(v_plan) + 1 :];
        ELSIF v_late THEN
            RETURN '["again"]';
        END IF;
        -- A plan that others have overtaken is made anew.
    END LOOP;
    RETURN jsonb_build_array('ok', v_now, (SELECT min(start_at) FROM delayed));
END $$;

-- The tasks that live claims hold, in the order of the claims.
CREATE FUNCTION held_HASH(p_claims uuid[]) RETURNS TABLE (
    place integer, header jsonb, job_id uuid, class smallint, stream_id uuid, name text, attempt bigint,
    definition text, prerequisites text[], max_retries integer, retries integer, timeout_secs integer,
    deadline bigint
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT w.place::integer, NULL::jsonb, j.id, j.priority, s.id, d.name, t.attempt, d.body, d.prerequisites,
        t.max_retries, t.retries, t.timeout_secs, t.deadline
    FROM unnest(p_claims) WITH ORDINALITY AS w (claim, place)
    -- Without OFFSET the planner may look at all claims for each of these.
    CROSS JOIN LATERAL (
        SELECT * FROM tasks AS t WHERE t.claim_id = w.claim AND t.state = 2 /* running */ OFFSET 0
    ) AS t
    JOIN definitions AS d ON d.job = t.job AND d.task = t.task
    JOIN jobs AS j ON j.job = t.job
    JOIN streams AS s ON s.stream = t.stream
    ORDER BY w.place;
END $$;
