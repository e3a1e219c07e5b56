-- purpose: change the class of a job, or whether retention passes it by
-- params: null leaves a setting as it is
-- cost: the streams of the job
CREATE FUNCTION update_job_HASH(p_id uuid, p_class smallint, p_keep boolean) RETURNS jsonb
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_gate smallint := enter_HASH(false);
    v_job jobs;
BEGIN
    IF v_gate = 2 THEN
        RETURN jsonb_build_array('closed', v_gate);
    END IF;
    SELECT * INTO v_job FROM jobs WHERE id = p_id FOR UPDATE;
    IF NOT FOUND THEN
        RETURN '["no_job"]';
    END IF;
    -- A claim that is being planned sees by the version of the row that it has to plan anew.
    UPDATE jobs SET priority = coalesce(p_class, priority), keep = coalesce(p_keep, keep) WHERE job = v_job.job;
    IF p_class <> v_job.priority THEN
        WITH lane AS (
            UPDATE lanes SET priority = p_class WHERE job = v_job.job RETURNING stream, stopped, ready
        )
        INSERT INTO stream_deltas (worker_type, stream, priority, pending, ready, running)
        SELECT s.worker_type, l.stream, side.class, 0, side.n, 0
        FROM lane AS l
        JOIN streams AS s ON s.stream = l.stream
        CROSS JOIN LATERAL (VALUES (v_job.priority, -l.ready), (p_class, l.ready)) AS side (class, n)
        WHERE l.ready > 0 AND NOT l.stopped;
    END IF;
    RETURN '["ok", {}]';
END $$;
