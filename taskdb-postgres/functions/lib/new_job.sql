-- purpose: write a new job with its task `init`, whose stream is there, in one statement
-- params: as create_job has them; p_stream and p_type of the stream; p_now the clock; null when there is such a job
-- cost: one job, one task
CREATE FUNCTION new_job_HASH(
    p_now bigint, p_id uuid, p_user text, p_class smallint, p_key text, p_lifetime bigint, p_stream bigint,
    p_type text, p_spec task_spec, p_job_name text, p_labels text
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_begin bigint := begin_HASH(p_now, p_spec.start_at, p_spec.delay);
    v_ready integer := (v_begin IS NULL)::integer;
    v_job bigint;
BEGIN
    WITH made AS (
        INSERT INTO jobs (
            job, id, user_id, state, priority, key, key_expires_at, created_at, updated_at, name, labels, next_task,
            tasks, unresolved, open
        ) VALUES (
            nextval('job_ages'), p_id, p_user, 0 /* job running */, p_class, p_key, later_HASH(p_now, p_lifetime),
            p_now, p_now, p_job_name, p_labels, 1, 1, 1, 1
        ) ON CONFLICT (id) DO NOTHING RETURNING job
    ), task AS (
        INSERT INTO tasks (
            job, task, stream, state, waiting_on, optional, run_if, max_retries, timeout_secs, start_at, created_at,
            updated_at, backoff_first, backoff_cap, backoff_jitter, max_losses, start_by
        ) SELECT job, 0, p_stream, v_ready, 0, false, 0, p_spec.max_retries, p_spec.timeout_secs, v_begin, p_now,
            p_now, (p_spec.rules).first, (p_spec.rules).cap, (p_spec.rules).jitter, (p_spec.rules).losses,
            later_HASH(p_now, (p_spec.rules).expires)
        FROM made
    ), defined AS (
        INSERT INTO definitions (job, task, name, prerequisites, body)
        SELECT job, 0, p_spec.name, '{}', p_spec.body FROM made
    ), wait AS (
        INSERT INTO delayed (start_at, job, task) SELECT v_begin, job, 0 FROM made WHERE v_ready = 0
    ), lane AS (
        INSERT INTO lanes (job, stream, priority, stopped, pending, ready)
        SELECT job, p_stream, p_class, false, 1 - v_ready, v_ready FROM made
    ), told AS (
        INSERT INTO stream_deltas (worker_type, stream, priority, pending, ready, running)
        SELECT p_type, p_stream, p_class, 1 - v_ready, v_ready, 0 FROM made
    ), logged AS (
        INSERT INTO events (xid, at, kind, job_id) SELECT event_xid_HASH(), p_now, 0 /* event created */, p_id
        FROM made WHERE current_setting('taskdb.events') <> '0' /* off */
    )
    SELECT job INTO v_job FROM made;
    IF v_job IS NULL THEN
        RETURN NULL;
    ELSIF logs_all_HASH() THEN
        PERFORM log_created_HASH(p_now, v_job, false, ARRAY[0], ARRAY[v_ready::smallint]);
    END IF;
    RETURN jsonb_build_array('ok', CASE WHEN v_begin IS NULL THEN jsonb_build_object(p_type, 1) ELSE '{}' END, p_id);
END $$;
