-- purpose: hand out the tasks that are next, one for each claim id, in sequence
-- params: p_now the clock or null, p_type, then arrays of one length: who asks, its lease or null, the claim id
-- cost: the tasks handed out; up to 100 delayed tasks and 500 dependants that were left
CREATE FUNCTION request_work_HASH(
    p_now bigint, p_type text, p_workers text[], p_leases bigint[], p_claims uuid[]
) RETURNS TABLE (
    -- The first row has place 0 and the header alone.
    place integer, header jsonb, job_id uuid, class smallint, stream_id uuid, name text, attempt bigint,
    definition text, prerequisites text[], max_retries integer, retries integer, timeout_secs integer,
    deadline bigint
) LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
    v_gate smallint := enter_HASH(false);
    v_now bigint;
    v_places integer[];
    v_plan picked[];
BEGIN
    place := 0;
    IF v_gate <> 0 THEN
        header := jsonb_build_array('closed', v_gate);
        RETURN NEXT;
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(claim_lock_HASH(p_type));
    v_now := moment_HASH(p_now);
    PERFORM tidy_HASH(v_now);
    -- An id that is live is answered with its task again; of equal ids the first counts.
    v_places := ARRAY(
        SELECT min(w.place) FROM unnest(p_claims) WITH ORDINALITY AS w (claim, place)
        WHERE (SELECT true FROM tasks WHERE claim_id = w.claim AND state = 2 /* running */ LIMIT 1) IS NULL
        GROUP BY w.claim ORDER BY 1
    );
    WHILE cardinality(v_places) > 0 LOOP
        PERFORM fold_HASH(p_type);
        v_plan := plan_HASH(p_type, cardinality(v_places));
        -- What others have moved since, to another class say, is not nothing.
        EXIT WHEN v_plan IS NULL AND NOT EXISTS (SELECT 1 FROM stream_deltas WHERE worker_type = p_type);
        -- A plan that others have overtaken is made anew.
        CONTINUE WHEN v_plan IS NULL OR NOT lock_plan_HASH(v_plan);
        PERFORM claim_HASH(v_plan, v_places, p_workers, p_leases, p_claims, v_now);
        v_places := v_places[cardinality(v_plan) + 1 :];
    END LOOP;
    header := jsonb_build_array('ok', woken_HASH(), v_now, (SELECT min(start_at) FROM delayed));
    RETURN NEXT;
    RETURN QUERY
    SELECT w.place::integer, NULL::jsonb, j.id, j.priority, s.id, d.name, t.attempt, d.body, d.prerequisites,
        t.max_retries, t.retries, t.timeout_secs, t.deadline
    FROM unnest(p_claims) WITH ORDINALITY AS w (claim, place)
    -- Without OFFSET the planner may look at all claims for each of these.
    CROSS JOIN LATERAL (SELECT * FROM tasks WHERE claim_id = w.claim AND state = 2 /* running */ OFFSET 0) AS t
    JOIN definitions AS d ON d.job = t.job AND d.task = t.task
    JOIN jobs AS j ON j.job = t.job
    JOIN streams AS s ON s.stream = t.stream
    ORDER BY w.place;
END $$;
