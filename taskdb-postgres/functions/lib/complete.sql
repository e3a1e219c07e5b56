-- purpose: finish one task, whatever its state
-- params: p_aim the task, its job locked; p_claimed whether by a claim; p_children, p_max, p_now
-- cost: the task, its children and up to 500 dependants
CREATE FUNCTION complete_HASH(
    p_aim aim, p_claimed boolean, p_output text, p_children task_spec[], p_max bigint, p_now bigint
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
