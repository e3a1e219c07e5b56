-- purpose: delete jobs that are done, oldest first, in steps
-- params: p_now the clock or null, p_keep as delete_job, p_end the age below which jobs are looked at, or null
-- cost: at most 100 jobs
CREATE FUNCTION clear_completed_jobs_HASH(p_now bigint, p_keep bigint, p_end bigint) RETURNS jsonb
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_gate smallint := enter_HASH(false);
    v_end bigint := coalesce(p_end, (SELECT max(job) + 1 FROM jobs), 0);
    v_now bigint;
    v_keep bigint;
    v_job bigint;
    v_deleted integer := 0;
BEGIN
    IF v_gate = 2 THEN
        RETURN jsonb_build_array('closed', v_gate);
    END IF;
    v_now := moment_HASH(p_now);
    v_keep := CASE WHEN p_keep > 0 THEN later_HASH(v_now, p_keep) END;
    FOR v_job IN
        SELECT job FROM jobs WHERE state = 1 /* job done */ AND job < v_end ORDER BY job LIMIT 100 FOR UPDATE
    LOOP
        PERFORM discard_HASH(v_job, v_keep, v_now);
        v_deleted := v_deleted + 1;
    END LOOP;
    RETURN jsonb_build_array('ok', '{}'::jsonb, v_deleted, v_end);
END $$;
