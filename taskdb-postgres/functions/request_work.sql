-- purpose: hand out the tasks that are next, behind results of the same process: one transaction for all
-- params: p_type, p_workers, p_leases and p_new are the claims, arrays of one length: who asks, its lease or
--   null, the claim id; p_type is null without claims; the others as update_task_done, p_max null without
-- cost: as update_task_done; the tasks handed out; up to 100 delayed tasks and 500 dependants that were left
CREATE FUNCTION request_work_HASH(
    p_now bigint, p_type text, p_workers text[], p_leases bigint[], p_new uuid[], p_max bigint, p_ids uuid[],
    p_names text[], p_claims uuid[], p_attempts bigint[], p_outputs text[], p_child_of integer[],
    p_child_names text[], p_streams uuid[], p_bodies text[], p_prerequisites text[], p_max_retries integer[],
    p_timeouts integer[], p_flags smallint[], p_starts bigint[], p_delays bigint[]
) RETURNS TABLE (
    -- The first row has place 0 and the header alone.
    place integer, header jsonb, job_id uuid, class smallint, stream_id uuid, name text, attempt bigint,
    definition text, prerequisites text[], max_retries integer, retries integer, timeout_secs integer,
    deadline bigint
) LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
    v_gate smallint := enter_HASH(false);
    v_done jsonb := 'null';
    v_work jsonb := 'null';
BEGIN
    IF p_type IS NOT NULL AND v_gate = 0 THEN
        PERFORM pg_advisory_xact_lock(claim_lock_HASH(p_type));
    END IF;
    IF p_max IS NOT NULL AND v_gate < 2 THEN
        v_done := completions_HASH(p_now, p_max, p_ids, p_names, p_claims, p_attempts, p_outputs, p_child_of,
            p_child_names, p_streams, p_bodies, p_prerequisites, p_max_retries, p_timeouts, p_flags, p_starts,
            p_delays);
    END IF;
    IF p_type IS NOT NULL AND v_gate = 0 THEN
        v_work := claims_HASH(p_now, p_type, p_workers, p_leases, p_new, p_max IS NOT NULL);
    END IF;
    place := 0;
    header := jsonb_build_array('ok', woken_HASH(), v_gate, v_done, v_work);
    RETURN NEXT;
    RETURN QUERY SELECT * FROM held_HASH(p_new);
END $$;
