-- purpose: move the lease of claims on, never their timeout
-- params: p_now the clock or null, p_lease in microseconds or null for the one a claim has, then the claims
-- cost: one task each
CREATE FUNCTION renew_claims_HASH(
    p_now bigint, p_lease bigint, p_ids uuid[], p_names text[], p_claims uuid[], p_attempts bigint[]
) RETURNS jsonb LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_gate smallint := enter_HASH(false);
    v_now bigint;
    v_aim aim;
    v_answers jsonb := '[]';
    v_deadline bigint;
BEGIN
    IF v_gate = 2 THEN
        RETURN jsonb_build_array('closed', v_gate);
    END IF;
    PERFORM lock_jobs_HASH(p_ids);
    v_now := moment_HASH(p_now);
    FOR i IN 1 .. cardinality(p_ids) LOOP
        v_aim := aim_HASH(p_ids[i], p_names[i], p_claims[i], p_attempts[i]);
        IF v_aim.over IS NOT NULL THEN
            v_answers := v_answers || jsonb_build_array(v_aim.over);
            CONTINUE;
        END IF;
        UPDATE tasks
        SET lease = coalesce(p_lease, lease), lease_end = later_HASH(v_now, coalesce(p_lease, lease)),
            deadline = least(work_deadline, later_HASH(v_now, coalesce(p_lease, lease)))
        WHERE job = v_aim.job AND task = v_aim.task
        RETURNING deadline INTO v_deadline;
        v_answers := v_answers || jsonb_build_array(jsonb_build_array('ok', v_deadline, v_aim.job_state));
    END LOOP;
    RETURN jsonb_build_array('ok', '{}'::jsonb, v_answers);
END $$;
