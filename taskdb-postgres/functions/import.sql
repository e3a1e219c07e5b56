-- purpose: write records of an export, all or none; what is there already stays
-- params: p_records a JSON array of objects without payloads, and for each its body, output, error and prerequisites
-- cost: the records; keeps other changes out meanwhile
CREATE FUNCTION import_HASH(
    p_records text, p_bodies text[], p_outputs text[], p_errors bytea[], p_prerequisites text[]
) RETURNS jsonb LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_gate smallint := enter_HASH(true);
    v_records record_in[];
BEGIN
    IF v_gate = 2 AND (SELECT mark IS NULL FROM meta) THEN
        RETURN jsonb_build_array('closed', v_gate);
    END IF;
    SELECT array_agg(r ORDER BY place) INTO v_records
    FROM json_populate_recordset(NULL::record_in, p_records::json) AS r;
    IF v_records IS NOT NULL THEN
        PERFORM import_streams_HASH(v_records);
        PERFORM import_jobs_HASH(v_records, p_errors);
        PERFORM import_tasks_HASH(v_records, p_bodies, p_outputs, p_errors, p_prerequisites);
        INSERT INTO kept_outputs (job_id, name, body, expires_at)
        SELECT r.job_id, r.name, p_outputs[r.place], r.ends FROM unnest(v_records) AS r WHERE r.kind = 'kept'
        ON CONFLICT (job_id, name) DO NOTHING;
        INSERT INTO schedules (name, body, revision, next_at, fired_at)
        SELECT r.name, p_bodies[r.place], r.revision, r.next_at, r.fired_at
        FROM unnest(v_records) AS r WHERE r.kind = 'schedule'
        ON CONFLICT (name) DO NOTHING;
        PERFORM import_events_HASH(v_records, p_errors);
    END IF;
    RETURN jsonb_build_array('ok', woken_HASH());
END $$;

-- Events above all that the log holds; those that follow have higher numbers.
CREATE FUNCTION import_events_HASH(p_records record_in[], p_details bytea[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_last bigint := (SELECT event FROM events ORDER BY xid DESC, event DESC LIMIT 1);
    v_top bigint;
BEGIN
    WITH taken AS (
        INSERT INTO events (event, at, kind, job_id, task_id, attempt, worker_id, detail) OVERRIDING SYSTEM VALUE
        SELECT r.age, r.created_at, r.own_state, r.job_id, r.name, r.attempt, r.worker_id, p_details[r.place]
        FROM unnest(p_records) AS r WHERE r.kind = 'event' AND r.age > coalesce(v_last, 0)
        ORDER BY r.place
        RETURNING event
    )
    SELECT max(event) INTO v_top FROM taken;
    PERFORM setval('events_event_seq', v_top, true) FROM events_event_seq
    WHERE v_top >= last_value;
END $$;

-- Refuses a page as a whole: the statement is undone.
CREATE FUNCTION refuse_HASH(p_refusal jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF p_refusal IS NOT NULL THEN
        RAISE SQLSTATE 'TD001' USING MESSAGE = p_refusal::text;
    END IF;
END $$;
