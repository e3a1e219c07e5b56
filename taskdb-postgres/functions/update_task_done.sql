-- purpose: finish tasks, each on its own, in order: children, output, dependants, end of the job
-- params: p_now the clock or null, p_max the most tasks of a job, arrays of one length for the entries,
--   then the columns of all children, p_child_of naming their entries from 1
-- cost: the tasks, their children and up to 500 dependants each
CREATE FUNCTION update_task_done_HASH(
    p_now bigint, p_max bigint, p_ids uuid[], p_names text[], p_claims uuid[], p_attempts bigint[],
    p_outputs text[], p_child_of integer[], p_child_names text[], p_streams uuid[], p_bodies text[],
    p_prerequisites text[], p_max_retries integer[], p_timeouts integer[], p_flags smallint[], p_starts bigint[],
    p_delays bigint[]
) RETURNS jsonb LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_gate smallint := enter_HASH(false);
    v_done jsonb;
BEGIN
    IF v_gate = 2 THEN
        RETURN jsonb_build_array('closed', v_gate);
    END IF;
    v_done := completions_HASH(p_now, p_max, p_ids, p_names, p_claims, p_attempts, p_outputs, p_child_of,
        p_child_names, p_streams, p_bodies, p_prerequisites, p_max_retries, p_timeouts, p_flags, p_starts, p_delays);
    RETURN jsonb_build_array('ok', woken_HASH()) || v_done;
END $$;
