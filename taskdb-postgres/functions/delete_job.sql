-- purpose: delete a job in any state
-- params: p_now the clock or null, p_keep microseconds that the output of `init` stays, or 0
-- cost: the streams and running tasks of the job
CREATE FUNCTION delete_job_HASH(p_now bigint, p_id uuid, p_keep bigint) RETURNS jsonb
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_gate smallint := enter_HASH(false);
    v_now bigint;
    v_job bigint;
BEGIN
    IF v_gate = 2 AND (SELECT mark IS NULL FROM meta) THEN
        RETURN jsonb_build_array('closed', v_gate);
    END IF;
    SELECT job INTO v_job FROM jobs WHERE id = p_id FOR UPDATE;
    IF FOUND THEN
        v_now := moment_HASH(p_now);
        PERFORM discard_HASH(v_job, CASE WHEN p_keep > 0 THEN later_HASH(v_now, p_keep) END, v_now);
    END IF;
    RETURN jsonb_build_array('ok', woken_HASH());
END $$;
