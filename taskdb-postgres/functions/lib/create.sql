-- purpose: add tasks to a job, all or none
-- params: p_job locked, p_specs in order, p_max the most tasks of a job, p_now the clock
-- cost: the tasks and their prerequisites; a batch with anything unusual goes task by task
CREATE FUNCTION create_HASH(p_job bigint, p_specs task_spec[], p_max bigint, p_now bigint) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    v_spec task_spec;
    v_refusal jsonb;
    v_tasks bigint;
BEGIN
    IF create_plain_HASH(p_job, p_specs, p_max, p_now) THEN
        RETURN NULL;
    END IF;
    -- The block undoes what it has written when a later task is refused.
    BEGIN
        FOREACH v_spec IN ARRAY p_specs LOOP
            v_refusal := create_one_HASH(p_job, v_spec, p_now);
            IF v_refusal IS NOT NULL THEN
                v_refusal := jsonb_build_array('entry', v_spec.place, v_refusal);
                RAISE SQLSTATE 'TD001';
            END IF;
        END LOOP;
        SELECT tasks INTO v_tasks FROM jobs WHERE job = p_job;
        IF v_tasks > p_max THEN
            v_refusal := jsonb_build_array('too_many', v_tasks);
            RAISE SQLSTATE 'TD001';
        END IF;
    EXCEPTION WHEN SQLSTATE 'TD001' THEN
        RETURN v_refusal;
    END;
    RETURN NULL;
END $$;
