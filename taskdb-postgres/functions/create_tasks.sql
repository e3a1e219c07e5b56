-- purpose: add tasks to a job, all or none
-- params: p_now the clock or null, p_max the most tasks of a job, p_fold whether the lock of claims may be held
--   until the end of the transaction, then the columns of the tasks
-- cost: the tasks and their prerequisites
CREATE FUNCTION create_tasks_HASH(
    p_now bigint, p_id uuid, p_max bigint, p_fold boolean, p_names text[], p_streams uuid[],
    p_bodies text[], p_prerequisites text[], p_max_retries integer[], p_timeouts integer[], p_flags smallint[],
    p_starts bigint[], p_delays bigint[], p_rules text[]
) RETURNS jsonb LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_gate smallint := enter_HASH(false);
    v_now bigint;
    v_job bigint;
    v_refusal jsonb;
BEGIN
    IF v_gate = 2 THEN
        RETURN jsonb_build_array('closed', v_gate);
    END IF;
    SELECT job INTO v_job FROM jobs WHERE id = p_id FOR UPDATE;
    v_now := moment_HASH(p_now);
    IF NOT FOUND THEN
        RETURN '["no_job"]';
    ELSIF cardinality(p_names) = 0 THEN
        RETURN '["ok", {}]';
    END IF;
    v_refusal := create_HASH(v_job, specs_HASH(
        p_names, p_streams, p_bodies, p_prerequisites, p_max_retries, p_timeouts, p_flags, p_starts, p_delays,
        p_rules
    ), p_max, v_now);
    IF v_refusal IS NOT NULL THEN
        RETURN v_refusal;
    END IF;
    PERFORM close_HASH(ARRAY[v_job], v_now);
    IF p_fold AND random() < 0.02 THEN
        PERFORM try_fold_HASH(p_streams);
    END IF;
    RETURN jsonb_build_array('ok', woken_HASH());
END $$;
