-- purpose: the answer to the creation of a job that exists
-- params: p_job the one that exists; the rest as the request has it
-- cost: one task
CREATE FUNCTION repeated_job_HASH(p_job jobs, p_user text, p_class smallint, p_spec task_spec) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    v_init integer;
    v_stream bigint;
BEGIN
    SELECT task INTO v_init FROM definitions WHERE job = p_job.job AND name = 'init';
    SELECT stream INTO v_stream FROM streams WHERE id = p_spec.stream_id;
    IF p_job.user_id = p_user AND p_job.priority = p_class AND v_init IS NOT NULL
        AND difference_HASH(p_job.job, v_init, p_spec, v_stream) IS NULL THEN
        RETURN jsonb_build_array('ok', '{}'::jsonb, p_job.id);
    END IF;
    RETURN '["job_exists"]';
END $$;
