-- purpose: check one task in the order of the contract and add it
-- params: p_job locked, p_now the clock; answers a refusal, or null also when it is there already
-- cost: the prerequisites
CREATE FUNCTION create_one_HASH(p_job bigint, p_spec task_spec, p_now bigint) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_job jobs;
    v_stream bigint;
    v_known integer;
    v_missing text;
    v_dead boolean;
    v_waits integer;
    v_state smallint := 0 /* pending */;
BEGIN
    SELECT * INTO v_job FROM jobs WHERE job = p_job;
    SELECT stream INTO v_stream FROM streams WHERE id = p_spec.stream_id AND NOT deleted;
    IF NOT FOUND THEN
        RETURN '["no_stream"]';
    END IF;
    SELECT task INTO v_known FROM definitions WHERE job = p_job AND name = p_spec.name;
    IF FOUND THEN
        RETURN difference_HASH(p_job, v_known, p_spec, v_stream);
    ELSIF v_job.state >= 2 /* job failed */ THEN
        RETURN jsonb_build_array('job_finished', v_job.state);
    END IF;
    SELECT name INTO v_missing FROM unnest(p_spec.prerequisites) WITH ORDINALITY AS x (name, place)
    WHERE NOT EXISTS (SELECT 1 FROM definitions AS d WHERE d.job = p_job AND d.name = x.name)
    ORDER BY place LIMIT 1;
    IF FOUND THEN
        RETURN jsonb_build_array('no_prerequisite', v_missing);
    END IF;
    SELECT coalesce(bool_or(t.tolerated AND p_spec.run_if = 0), false),
        count(*) FILTER (WHERE NOT (t.state = 3 /* done */ OR (p_spec.run_if = 1 AND t.tolerated)))
    INTO v_dead, v_waits
    FROM definitions AS d JOIN tasks AS t ON t.job = d.job AND t.task = d.task
    WHERE d.job = p_job AND d.name = ANY (p_spec.prerequisites);
    IF v_dead THEN
        v_state := 5 /* cancelled */;
    ELSIF v_waits = 0 AND begin_HASH(p_now, p_spec.start_at, p_spec.delay) IS NULL THEN
        v_state := 1 /* ready */;
    END IF;
    PERFORM insert_HASH(
        p_job, ARRAY[p_spec], ARRAY[v_job.next_task], ARRAY[v_stream], ARRAY[v_state], ARRAY[v_waits], p_now
    );
    RETURN NULL;
END $$;
