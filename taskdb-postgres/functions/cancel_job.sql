-- purpose: cancel a running job: running tasks at once, what waits in effect
-- params: p_now the clock or null
-- cost: the streams and running tasks of the job
CREATE FUNCTION cancel_job_HASH(p_now bigint, p_id uuid) RETURNS jsonb
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_gate smallint := enter_HASH(false);
    v_now bigint;
    v_job jobs;
    v_moves move[];
BEGIN
    IF v_gate = 2 THEN
        RETURN jsonb_build_array('closed', v_gate);
    END IF;
    SELECT * INTO v_job FROM jobs WHERE id = p_id FOR UPDATE;
    v_now := moment_HASH(p_now);
    IF NOT FOUND THEN
        RETURN '["no_job"]';
    ELSIF v_job.state <> 0 /* job running */ THEN
        RETURN '["ok", {}]';
    END IF;
    UPDATE jobs SET state = 3 /* job cancelled */, error = 'cancelled', updated_at = greatest(updated_at, v_now)
    WHERE job = v_job.job;
    PERFORM stop_HASH(v_job.job, true);
    PERFORM log_HASH(v_now, 7 /* event cancelled */, ARRAY[v_job.job], NULL);
    IF EXISTS (SELECT 1 FROM lanes WHERE job = v_job.job AND running > 0) THEN
        PERFORM log_HASH(v_now, 7 /* event cancelled */, ARRAY[v_job.job], ARRAY(
            SELECT task FROM tasks WHERE job = v_job.job AND state = 2 /* running */ ORDER BY task
        ));
        WITH back AS (
            UPDATE tasks
            SET state = 1 /* ready */, closing = 0, start_at = NULL, lease = NULL, lease_end = NULL,
                work_deadline = NULL, deadline = NULL, updated_at = greatest(v_now, v_job.updated_at)
            WHERE job = v_job.job AND state = 2 /* running */
            RETURNING stream
        )
        SELECT array_agg(ROW(v_job.job, stream, 2, 1, n, 0)::move) INTO v_moves
        FROM (SELECT stream, count(*) AS n FROM back GROUP BY stream) AS moved;
        PERFORM shift_HASH(v_moves, v_now);
    END IF;
    RETURN jsonb_build_array('ok', woken_HASH());
END $$;
