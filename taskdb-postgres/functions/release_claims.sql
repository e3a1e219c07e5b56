-- purpose: put claimed tasks back at their old places, retries unchanged
-- params: p_now the clock or null, then the claims
-- cost: one task each
CREATE FUNCTION release_claims_HASH(
    p_now bigint, p_ids uuid[], p_names text[], p_claims uuid[], p_attempts bigint[]
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
        v_answer := CASE
            WHEN v_aim.over IS NULL
                THEN jsonb_build_array('ok', release_HASH(v_aim.job, v_aim.task, v_aim.job_state, v_now))
            WHEN v_aim.last AND v_aim.closing = 5 THEN '["ok", 1]'
            WHEN v_aim.last AND v_aim.closing = 6 THEN '["ok", 0]'
            ELSE v_aim.over
        END;
        v_answers := v_answers || jsonb_build_array(v_answer);
    END LOOP;
    RETURN jsonb_build_array('ok', woken_HASH(), v_answers);
END $$;

-- Puts a task back with nothing held against it; 1 when it will run again.
CREATE FUNCTION release_HASH(p_job bigint, p_task integer, p_job_state smallint, p_now bigint) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    v_over boolean := p_job_state >= 2 /* job failed */;
BEGIN
    PERFORM put_back_HASH(
        p_job, p_task, CASE WHEN v_over THEN 6 /* for good */ ELSE 5 /* to run again */ END::smallint, 0, 0, 0,
        NULL, CASE WHEN NOT v_over THEN 'released'::bytea END, p_now
    );
    RETURN (NOT v_over)::integer;
END $$;
