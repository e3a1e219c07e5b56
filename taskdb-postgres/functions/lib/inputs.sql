-- purpose: what has become of the prerequisites of a task that is handed out; nothing where that is not wanted or too large
-- params: p_job and p_names of the task; p_most how large it may be, null for nothing; 1024 is counted for each of them
-- cost: the prerequisites, their outputs only where they fit
CREATE FUNCTION inputs_HASH(
    p_job uuid, p_names text[], p_most bigint, OUT job_state smallint, OUT states smallint[], OUT outputs text[],
    OUT errors bytea[]
) LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
    v_job bigint;
    v_size bigint := 1024 * cardinality(p_names);
BEGIN
    IF v_size <= p_most THEN
        SELECT j.job, j.state INTO v_job, job_state FROM jobs AS j WHERE j.id = p_job;
        -- Lengths are read without what is long.
        SELECT v_size + coalesce(sum(coalesce(octet_length(o.body), 0) + coalesce(octet_length(t.error), 0)), 0)
        INTO v_size
        FROM unnest(p_names) AS x (name)
        JOIN definitions AS d ON d.job = v_job AND d.name = x.name
        JOIN tasks AS t ON t.job = v_job AND t.task = d.task
        LEFT JOIN outputs AS o ON o.job = v_job AND o.task = d.task;
    END IF;
    IF v_size <= p_most THEN
        SELECT coalesce(array_agg(t.state ORDER BY x.place), '{}'), coalesce(array_agg(o.body ORDER BY x.place), '{}'),
            coalesce(array_agg(t.error ORDER BY x.place), '{}')
        INTO states, outputs, errors
        FROM unnest(p_names) WITH ORDINALITY AS x (name, place)
        JOIN definitions AS d ON d.job = v_job AND d.name = x.name
        JOIN tasks AS t ON t.job = v_job AND t.task = d.task
        LEFT JOIN outputs AS o ON o.job = v_job AND o.task = d.task;
    END IF;
END $$;
