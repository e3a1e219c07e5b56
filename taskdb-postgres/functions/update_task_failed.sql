-- purpose: fail tasks, each on its own, in order, with their consequences
-- params: p_now the clock or null, then arrays of one length; p_claims null for entries by name
-- cost: the tasks and up to 500 dependants each
CREATE FUNCTION update_task_failed_HASH(
    p_now bigint, p_ids uuid[], p_names text[], p_claims uuid[], p_attempts bigint[], p_errors bytea[]
) RETURNS jsonb LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_gate smallint := enter_HASH(false);
    v_now bigint;
    v_aim aim;
    v_answers jsonb := '[]';
    v_answer jsonb;
BEGIN
    IF v_gate = 2 THEN
        RETURN jsonb_build_array('closed', v_gate);
    END IF;
    PERFORM lock_jobs_HASH(p_ids);
    v_now := moment_HASH(p_now);
    FOR i IN 1 .. cardinality(p_ids) LOOP
        v_aim := aim_HASH(p_ids[i], p_names[i], p_claims[i], p_attempts[i]);
        v_answer := '["ok", 1]';
        IF v_aim.over IS NOT NULL THEN
            IF NOT v_aim.last OR v_aim.closing <> 2 OR NOT EXISTS (
                SELECT 1 FROM tasks WHERE job = v_aim.job AND task = v_aim.task AND error = p_errors[i]
            ) THEN
                v_answer := v_aim.over;
            END IF;
        ELSIF v_aim.seen_state >= 3 /* done */ THEN
            v_answer := '["ok", 0]';
        ELSE
            PERFORM terminate_HASH(
                v_aim.job, v_aim.task, 4::smallint, p_errors[i],
                CASE WHEN p_claims[i] IS NULL THEN 0 /* nothing */ ELSE 2 /* failed by its claim */ END::smallint, v_now
            );
            PERFORM close_HASH(ARRAY[v_aim.job], v_now);
        END IF;
        v_answers := v_answers || jsonb_build_array(v_answer);
    END LOOP;
    RETURN jsonb_build_array('ok', woken_HASH(), unfinished_HASH(p_ids), v_answers);
END $$;
