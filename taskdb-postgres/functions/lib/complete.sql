-- purpose: finish one task, whatever its state
-- params: p_aim the task, its job locked; p_claimed whether by a claim; p_children, p_max, p_now
-- cost: the task, its children and up to 500 dependants
CREATE FUNCTION complete_HASH(
    p_aim aim, p_claimed boolean, p_output text, p_children spec[], p_max bigint, p_now bigint
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_refusal jsonb;
    v_first integer := p_children[1].place;
BEGIN
    IF p_aim.over IS NOT NULL THEN
        RETURN CASE WHEN p_aim.last AND p_aim.closing = 1 AND EXISTS (
            SELECT 1 FROM outputs WHERE job = p_aim.job AND task = p_aim.task AND body = p_output
        ) THEN '["ok", 1]' ELSE p_aim.over END;
    ELSIF p_aim.seen_state NOT IN (1 /* ready */, 2 /* running */) THEN
        RETURN '["ok", 0]';
    ELSIF cardinality(p_children) > 0 THEN
        IF p_aim.job_state >= 2 /* job failed */ THEN
            RETURN jsonb_build_array('job_finished', p_aim.job_state);
        END IF;
        v_refusal := create_HASH(p_aim.job, p_children, p_max, p_now);
        IF v_refusal ->> 0 = 'entry' THEN
            RETURN jsonb_set(v_refusal, '{1}', to_jsonb((v_refusal ->> 1)::integer - v_first));
        ELSIF v_refusal IS NOT NULL THEN
            RETURN v_refusal;
        END IF;
    END IF;
    PERFORM finish_HASH(
        ARRAY[p_aim.job], ARRAY[p_aim.task], ARRAY[p_claimed::integer::smallint], ARRAY[p_output], p_now
    );
    PERFORM close_HASH(ARRAY[p_aim.job], p_now);
    RETURN '["ok", 1]';
END $$;

-- Finishes tasks at once if each is running and held as the call says, and none is there
-- twice: then no entry has a say in another. False with nothing written otherwise.
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
    JOIN definitions AS d ON d.job = j.job AND d.name = e.name
    JOIN tasks AS t ON t.job = d.job AND t.task = d.task AND t.state = 2 /* running */;
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
