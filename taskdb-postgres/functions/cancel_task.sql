-- purpose: cancel one task, with the consequences of a failure
-- params: p_now the clock or null
-- cost: the task and up to 500 dependants
CREATE FUNCTION cancel_task_HASH(p_now bigint, p_id uuid, p_name text) RETURNS jsonb
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_gate smallint := enter_HASH(false);
    v_now bigint;
    v_aim aim;
BEGIN
    IF v_gate = 2 THEN
        RETURN jsonb_build_array('closed', v_gate);
    END IF;
    PERFORM lock_jobs_HASH(ARRAY[p_id]);
    v_now := moment_HASH(p_now);
    v_aim := aim_HASH(p_id, p_name, NULL, NULL);
    IF v_aim.job IS NULL THEN
        RETURN CASE WHEN EXISTS (SELECT 1 FROM jobs WHERE id = p_id) THEN '["no_task"]' ELSE '["no_job"]' END;
    ELSIF v_aim.seen_state >= 3 /* done */ THEN
        RETURN '["ok", {}, 0]';
    END IF;
    IF v_aim.seen_state = 2 /* running */ THEN
        PERFORM wake_HASH('-1 1');
    END IF;
    PERFORM terminate_HASH(v_aim.job, v_aim.task, 5::smallint, 'cancelled', 0::smallint, v_now);
    PERFORM close_HASH(ARRAY[v_aim.job], v_now);
    RETURN jsonb_build_array('ok', woken_HASH(), unfinished_HASH(ARRAY[p_id]));
END $$;
