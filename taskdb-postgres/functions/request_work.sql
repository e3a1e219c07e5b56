-- purpose: hand out the tasks that are next, one for each claim id, in sequence; the last row is the header alone
-- params: p_now the clock or null, p_type, p_tidy whether to attend to time, then who asks, lease or null, claim id
-- cost: the tasks handed out; up to 100 tasks whose time has come, of each kind, and 500 dependants that were left
CREATE FUNCTION request_work_HASH(
    p_now bigint, p_type text, p_tidy boolean, p_workers text[], p_leases bigint[], p_claims uuid[]
) RETURNS TABLE (
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
    v_held bigint[];
    v_locked boolean := true;
    v_repeated boolean;
BEGIN
    place := 0;
    IF v_gate <> 0 THEN
        header := jsonb_build_array('closed', v_gate);
        RETURN NEXT;
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(claim_lock_HASH(p_type));
    v_now := moment_HASH(p_now);
    v_held := CASE WHEN p_tidy THEN tidy_HASH(v_now) ELSE '{}' END;
    -- An id that is live is answered with its task again; of equal ids the first counts.
    v_places := ARRAY(
        SELECT min(w.place) FROM unnest(p_claims) WITH ORDINALITY AS w (claim, place)
        WHERE (SELECT true FROM tasks WHERE claim_id = w.claim AND state = 2 /* running */ LIMIT 1) IS NULL
        GROUP BY w.claim ORDER BY 1
    );
    v_repeated := cardinality(v_places) < cardinality(p_claims);
    WHILE cardinality(v_places) > 0 LOOP
        v_plan := plan_HASH(p_type, cardinality(v_places));
        IF v_plan IS NULL THEN
            PERFORM fold_HASH(p_type, NULL);
            EXIT;
        END IF;
        v_locked := lock_plan_HASH(v_plan, v_held);
        EXIT WHEN v_locked IS NULL;
        v_held := v_held || ARRAY(SELECT DISTINCT job FROM unnest(v_plan));
        -- A plan that others have overtaken is made anew.
        CONTINUE WHEN NOT v_locked;
        RETURN QUERY SELECT * FROM claim_HASH(
            p_type, v_plan, v_places, p_workers, p_leases, p_claims, v_now
        );
        v_places := v_places[cardinality(v_plan) + 1 :];
    END LOOP;
    IF v_repeated THEN
        RETURN QUERY SELECT * FROM live_HASH(p_claims);
    END IF;
    header := jsonb_build_array(
        'ok', woken_HASH(), v_now, (SELECT min(start_at) FROM delayed), (v_locked IS NULL)::integer
    );
    RETURN NEXT;
END $$;
