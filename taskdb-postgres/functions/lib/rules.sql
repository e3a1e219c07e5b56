-- purpose: the rules of tasks: how long the next attempt waits, and what nobody has started in time
-- params: of delay, the rules of a task with its age and its retries so far; p_now the clock
-- cost: up to 100 tasks, with their consequences
CREATE FUNCTION delay_HASH(p_first bigint, p_cap bigint, p_jitter smallint, p_age integer, p_retries integer)
RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    -- Each step is one operation on double precision, in the same order in every store.
    v_doubled double precision := p_first::double precision
        * (1::bigint << least(greatest(p_retries, 0), 62))::double precision;
    v_delay double precision := least(v_doubled, p_cap::double precision);
    v_place double precision := p_age::double precision * 0.6180339887498949::double precision
        + p_retries::double precision * 0.7548776662466927::double precision;
    v_part double precision := p_jitter::double precision / 100 * (v_place - floor(v_place));
BEGIN
    RETURN floor(v_delay * (1 - v_part))::bigint;
END $$;

-- Fails what should have been started by now in locked jobs, earliest first, at most 100 tasks. In a
-- stopped job the time passes without effect.
CREATE FUNCTION overdue_HASH(p_jobs bigint[], p_now bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_jobs bigint[];
    v_tasks integer[];
    v_state smallint;
BEGIN
    SELECT array_agg(job ORDER BY start_by, job, task), array_agg(task ORDER BY start_by, job, task)
    INTO v_jobs, v_tasks FROM (
        SELECT job, task, start_by FROM tasks
        WHERE start_by <= p_now AND attempt = 0 AND state <= 1 /* ready */ AND job = ANY (p_jobs)
        ORDER BY start_by, job, task LIMIT 100
    ) AS due;
    FOR i IN 1 .. coalesce(cardinality(v_jobs), 0) LOOP
        SELECT j.state INTO v_state FROM tasks AS t JOIN jobs AS j ON j.job = t.job
        WHERE t.job = v_jobs[i] AND t.task = v_tasks[i] AND t.state <= 1 /* ready */;
        IF v_state = 0 /* job running */ THEN
            PERFORM terminate_HASH(v_jobs[i], v_tasks[i], 4::smallint, 'expired', 0::smallint, p_now);
            PERFORM close_HASH(ARRAY[v_jobs[i]], p_now);
        ELSE
            -- Nothing is there to change if it was cancelled along with one before it.
            UPDATE tasks SET start_by = NULL WHERE job = v_jobs[i] AND task = v_tasks[i] AND state <= 1 /* ready */;
        END IF;
    END LOOP;
END $$;
