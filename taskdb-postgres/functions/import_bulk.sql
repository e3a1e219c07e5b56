-- purpose: write whole jobs of an export that are not there yet, with all that follows from the page
-- params: columns of jobs, 15, named by age below; ids of streams; columns of tasks, 25, with the place of their
--   stream, those of rules empty for none; outputs by the place of a task; edges; moves of new tasks into their states
-- cost: the rows; keeps others out, save other pages in a closed namespace with a mark; answers 0 with nothing written
--   where more has to be asked
CREATE FUNCTION import_bulk_HASH(
    p_age bigint[], p_id uuid[], p_user text[], p_job_state smallint[], p_job_error bytea[], p_class smallint[],
    p_key text[], p_ends bigint[], p_keep boolean[], p_next integer[], p_job_created bigint[],
    p_job_started bigint[], p_job_updated bigint[], p_job_name text[], p_labels text[], p_streams uuid[],
    p_job bigint[], p_task integer[], p_of integer[], p_state smallint[], p_waiting integer[], p_flags smallint[],
    p_max_retries integer[], p_retries integer[], p_losses integer[], p_attempt bigint[], p_timeout integer[],
    p_progress real[], p_start_at bigint[], p_error bytea[], p_created bigint[], p_started bigint[],
    p_updated bigint[], p_backoff_first bigint[], p_backoff_cap bigint[], p_backoff_jitter smallint[],
    p_max_losses bigint[], p_start_by bigint[], p_name text[], p_prerequisites text[], p_body text[],
    p_output_of integer[], p_output text[], p_edge_job bigint[], p_edge_pre integer[], p_edge_post integer[],
    p_moved bigint[], p_to integer[], p_becomes smallint[], p_n integer[], p_hard integer[]
) RETURNS jsonb LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_marked boolean := (SELECT mark IS NOT NULL FROM meta);
    v_gate smallint := enter_HASH(NOT v_marked);
    v_streams bigint[] := bulk_streams_HASH(p_streams);
    v_moves move[];
BEGIN
    IF v_gate = 2 AND (SELECT mark IS NULL FROM meta) THEN
        RETURN jsonb_build_array('closed', v_gate);
    END IF;
    -- The gate keeps out who would create jobs.
    IF v_marked AND v_gate <> 2 OR v_streams IS NULL OR bulk_known_HASH(p_age, p_id) THEN
        RETURN jsonb_build_array('ok', '{}'::jsonb, 0);
    END IF;
    INSERT INTO jobs (
        job, id, user_id, state, error, priority, key, key_expires_at, keep, next_task, created_at, started_at,
        updated_at, name, labels
    )
    SELECT * FROM unnest(
        p_age, p_id, p_user, p_job_state, p_job_error, p_class, p_key, p_ends, p_keep, p_next, p_job_created,
        p_job_started, p_job_updated, p_job_name, p_labels
    );
    PERFORM reserve_jobs_HASH();
    PERFORM bulk_tasks_HASH(
        v_streams, p_job, p_task, p_of, p_state, p_waiting, p_flags, p_max_retries, p_retries, p_losses, p_attempt,
        p_timeout, p_progress, p_start_at, p_error, p_created, p_started, p_updated, p_backoff_first,
        p_backoff_cap, p_backoff_jitter, p_max_losses, p_start_by
    );
    INSERT INTO definitions (job, task, name, prerequisites, body)
    SELECT job, task, name, names::text[], body FROM unnest(p_job, p_task, p_name, p_prerequisites, p_body)
        AS u (job, task, name, names, body);
    INSERT INTO outputs (job, task, body)
    SELECT p_job[place], p_task[place], body FROM unnest(p_output_of, p_output) AS u (place, body);
    INSERT INTO edges (job, pre, post) SELECT * FROM unnest(p_edge_job, p_edge_pre, p_edge_post);
    SELECT array_agg(ROW(job, v_streams[place], NULL, becomes, n, hard)::move) INTO v_moves
    FROM unnest(p_moved, p_to, p_becomes, p_n, p_hard) AS u (job, place, becomes, n, hard);
    IF v_moves IS NOT NULL THEN
        PERFORM shift_HASH(v_moves, NULL);
        PERFORM try_fold_HASH(p_streams);
    END IF;
    RETURN jsonb_build_array('ok', woken_HASH(), 1);
EXCEPTION WHEN unique_violation THEN -- The same page came twice at once.
    RETURN jsonb_build_array('ok', '{}'::jsonb, 0);
END $$
