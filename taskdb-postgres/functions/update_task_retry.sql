-- purpose: end an attempt of a running task
-- params: p_now the clock or null, a target, p_delay in microseconds or null for what the rules say
-- cost: one task; its consequences when it was retried too often
CREATE FUNCTION update_task_retry_HASH(
    p_now bigint, p_id uuid, p_name text, p_claim uuid, p_attempt bigint, p_delay bigint
) RETURNS jsonb LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_gate smallint := enter_HASH(false);
    v_now bigint;
    v_aim aim;
    v_by smallint := CASE WHEN p_claim IS NULL THEN 0 /* a name */ ELSE 1 /* a claim */ END;
    v_again boolean;
BEGIN
    IF v_gate = 2 THEN
        RETURN jsonb_build_array('closed', v_gate);
    END IF;
    PERFORM lock_jobs_HASH(ARRAY[p_id]);
    v_now := moment_HASH(p_now);
    v_aim := aim_HASH(p_id, p_name, p_claim, p_attempt);
    IF v_aim.over IS NOT NULL THEN
        RETURN CASE
            WHEN v_aim.last AND v_aim.closing = 3 THEN '["ok", {}, 1, 0]'
            WHEN v_aim.last AND v_aim.closing = 4 OR p_claim IS NULL THEN '["ok", {}, 0, 0]'
            ELSE v_aim.over
        END;
    ELSIF v_aim.own_state <> 2 /* running */ THEN
        RETURN '["ok", {}, 0, 0]';
    END IF;
    v_again := retry_HASH(
        v_aim.job, v_aim.task, (3 * v_by)::smallint, (4 * v_by)::smallint, false, p_delay, v_now
    );
    PERFORM close_HASH(ARRAY[v_aim.job], v_now);
    RETURN jsonb_build_array('ok', woken_HASH(), v_again::integer, unfinished_HASH(ARRAY[p_id]));
END $$;
