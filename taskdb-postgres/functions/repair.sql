-- purpose: recompute every counter and index from the tasks, and ready what is stuck
-- params: p_now the clock or null
-- cost: everything the namespace holds; keeps other changes out meanwhile
CREATE FUNCTION repair_HASH(p_now bigint) RETURNS jsonb LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_gate smallint := enter_HASH(true);
    v_now bigint;
    v_job jobs;
    v_free integer[];
    v_wrong boolean;
    v_recounted bigint := 0;
    v_readied bigint := 0;
    v_jobs bigint := 0;
BEGIN
    IF v_gate = 2 THEN
        RETURN jsonb_build_array('closed', v_gate);
    END IF;
    v_now := moment_HASH(p_now);
    FOR v_job IN SELECT * FROM jobs ORDER BY job LOOP
        v_recounted := v_recounted + mend_waits_HASH(v_job.job);
        v_wrong := mend_lanes_HASH(v_job.job);
        IF v_job.state < 2 /* job failed */ THEN
            v_free := ARRAY(
                SELECT task FROM tasks WHERE job = v_job.job AND state = 0 /* pending */ AND waiting_on = 0
            );
            INSERT INTO delayed (start_at, job, task)
            SELECT start_at, job, task FROM tasks
            WHERE job = v_job.job AND task = ANY (v_free) AND start_at IS NOT NULL ON CONFLICT DO NOTHING;
            v_free := ARRAY(
                SELECT task FROM tasks WHERE job = v_job.job AND task = ANY (v_free) AND start_at IS NULL
            );
            v_readied := v_readied + cardinality(v_free);
            PERFORM make_ready_HASH(v_job.job, v_free, v_now);
            PERFORM close_HASH(ARRAY[v_job.job], v_now);
        END IF;
        IF v_wrong OR EXISTS (SELECT 1 FROM jobs WHERE job = v_job.job AND state <> v_job.state) THEN
            v_jobs := v_jobs + 1;
        END IF;
    END LOOP;
    RETURN jsonb_build_array('ok', woken_HASH(), v_readied, v_recounted, v_jobs, mend_streams_HASH());
END $$;
