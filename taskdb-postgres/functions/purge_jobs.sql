-- purpose: delete the oldest jobs of a finished state that are not kept, in steps, up to the first that may stay
-- params: p_now the clock or null, p_state, p_age in microseconds since the last change or null, p_newest how many
--   of the newest stay or null, p_limit the most jobs of this step
-- cost: the jobs deleted, the kept ones passed, and an entry of an index for each of the newest
CREATE FUNCTION purge_jobs_HASH(p_now bigint, p_state smallint, p_age bigint, p_newest bigint, p_limit integer)
RETURNS jsonb LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_gate smallint := enter_HASH(false);
    v_now bigint;
    v_surplus bigint := -1;
    v_job record;
    v_deleted integer := 0;
BEGIN
    IF v_gate = 2 THEN
        RETURN jsonb_build_array('closed', v_gate);
    END IF;
    v_now := moment_HASH(p_now);
    IF p_newest IS NOT NULL THEN
        -- The youngest job that is one too many. An age, and no count: whoever else purges
        -- meanwhile deletes the same jobs, not more.
        SELECT job INTO v_surplus FROM jobs
        WHERE state = p_state AND job NOT IN (SELECT job FROM jobs WHERE state = p_state AND keep)
        ORDER BY job DESC OFFSET p_newest LIMIT 1;
    END IF;
    FOR v_job IN
        SELECT job, updated_at FROM jobs
        WHERE state = p_state AND NOT keep ORDER BY job LIMIT p_limit FOR UPDATE
    LOOP
        EXIT WHEN v_job.job > coalesce(v_surplus, -1)
            AND (p_age IS NULL OR later_HASH(v_job.updated_at, p_age) > v_now);
        PERFORM discard_HASH(v_job.job, NULL, v_now);
        v_deleted := v_deleted + 1;
    END LOOP;
    RETURN jsonb_build_array('ok', '{}'::jsonb, v_deleted);
END $$;
