-- purpose: finish tasks, each on its own, in order: children, output, dependants, end of the job
-- params: p_now the clock or null, p_max the most tasks of a job, arrays of one length for the entries,
--   then the columns of all children, p_child_of naming their entries from 1
-- cost: the tasks, their children and up to 500 dependants each
CREATE FUNCTION update_task_done_HASH(
    p_now bigint, p_max bigint, p_ids uuid[], p_names text[], p_claims uuid[], p_attempts bigint[],
    p_outputs text[], p_child_of integer[], p_child_names text[], p_streams uuid[], p_bodies text[],
    p_prerequisites text[], p_max_retries integer[], p_timeouts integer[], p_flags smallint[], p_starts bigint[],
    p_delays bigint[], p_rules text[]
) RETURNS jsonb LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_gate smallint := enter_HASH(false);
    v_now bigint;
    v_specs task_spec[];
    v_answers jsonb := '[]';
    v_held integer := 0;
BEGIN
    IF v_gate = 2 THEN
        RETURN jsonb_build_array('closed', v_gate);
    END IF;
    PERFORM lock_jobs_HASH(p_ids);
    v_now := moment_HASH(p_now);
    IF cardinality(p_child_of) = 0 THEN
        v_held := finish_held_HASH(p_ids, p_names, p_claims, p_attempts, p_outputs, v_now);
    END IF;
    IF v_held = 1 THEN
        RETURN jsonb_build_array('ok', woken_HASH(), 0, true);
    ELSIF v_held = 2 THEN
        v_answers := 'true';
    ELSE
        v_specs := specs_HASH(p_child_names, p_streams, p_bodies, p_prerequisites, p_max_retries, p_timeouts,
            p_flags, p_starts, p_delays, p_rules);
        FOR i IN 1 .. cardinality(p_ids) LOOP
            v_answers := v_answers || jsonb_build_array(complete_HASH(
                aim_HASH(p_ids[i], p_names[i], p_claims[i], p_attempts[i]), p_claims[i] IS NOT NULL, p_outputs[i],
                ARRAY(
                    SELECT s FROM unnest(v_specs) AS s
                    WHERE p_child_of[s.place + 1] = i ORDER BY s.place
                ), p_max, v_now
            ));
        END LOOP;
    END IF;
    RETURN jsonb_build_array('ok', woken_HASH(), unfinished_HASH(p_ids), v_answers);
END $$;
