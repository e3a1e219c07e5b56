-- purpose: make a job and its task `init`
-- params: p_now the clock or null; p_key null without; p_lifetime of the key in microseconds; then `init`,
--   p_rules as task_rules has them; p_labels a JSON object or null
-- cost: one job, one task
CREATE FUNCTION create_job_HASH(
    p_now bigint, p_id uuid, p_user text, p_class smallint, p_key text, p_lifetime bigint, p_stream uuid,
    p_body text, p_max_retries integer, p_timeout integer, p_start_at bigint, p_delay bigint,
    p_rules text, p_job_name text, p_labels text
) RETURNS jsonb LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_gate smallint := enter_HASH(false);
    v_stream bigint;
    v_type text;
    v_now bigint;
    v_job jobs;
    v_same boolean;
    v_reply jsonb;
    v_spec task_spec := ROW(0, 'init', p_stream, p_body, '{}', p_max_retries, p_timeout, false, 0, p_start_at, p_delay,
        p_rules::task_rules);
BEGIN
    IF v_gate = 2 THEN
        RETURN jsonb_build_array('closed', v_gate);
    END IF;
    SELECT stream, worker_type INTO v_stream, v_type FROM streams WHERE id = p_stream AND NOT deleted;
    IF NOT FOUND THEN
        RETURN '["no_stream"]';
    END IF;
    IF p_key IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(current_schema() || ' ' || p_user || ' ' || p_key, 4));
        v_now := moment_HASH(p_now);
        SELECT * INTO v_job FROM jobs WHERE id = p_id;
        IF FOUND THEN
            RETURN repeated_job_HASH(v_job, p_user, p_class, v_spec);
        END IF;
        SELECT * INTO v_job FROM jobs WHERE user_id = p_user AND key = p_key;
        IF FOUND AND v_job.key_expires_at <= v_now THEN
            UPDATE jobs SET key = NULL, key_expires_at = NULL WHERE job = v_job.job;
        ELSIF FOUND THEN
            SELECT body = p_body INTO v_same FROM definitions WHERE job = v_job.job AND name = 'init';
            RETURN CASE WHEN v_same THEN jsonb_build_array('ok', '{}'::jsonb, v_job.id)
                ELSE jsonb_build_array('key_exists', v_job.id) END;
        END IF;
    END IF;
    v_reply := new_job_HASH(coalesce(v_now, moment_HASH(p_now)), p_id, p_user, p_class, p_key, p_lifetime, v_stream,
        v_type, v_spec, p_job_name, p_labels);
    IF v_reply IS NULL THEN
        SELECT * INTO v_job FROM jobs WHERE id = p_id;
        RETURN repeated_job_HASH(v_job, p_user, p_class, v_spec);
    END IF;
    RETURN v_reply;
END $$;
