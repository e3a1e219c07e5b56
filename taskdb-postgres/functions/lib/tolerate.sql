-- purpose: tell dependants that a prerequisite has ended with tolerance
-- params: p_job locked, p_posts the dependants, p_now the clock
-- cost: one row for each dependant
CREATE FUNCTION tell_tolerated_HASH(p_job bigint, p_posts integer[], p_now bigint)
RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
    v_ended integer[];
    v_free integer[];
    v_moves move[];
BEGIN
    UPDATE tasks SET waiting_on = waiting_on - 1 WHERE job = p_job AND task = ANY (p_posts) AND run_if = 1;
    v_free := ARRAY(
        SELECT task FROM tasks
        WHERE job = p_job AND task = ANY (p_posts) AND run_if = 1 AND state = 0 /* pending */ AND waiting_on = 0
    );
    PERFORM start_HASH(p_job, v_free, p_now);
    WITH dead AS (
        SELECT t.job, t.task, t.stream, t.state AS was FROM tasks AS t
        WHERE t.job = p_job AND t.task = ANY (p_posts) AND t.run_if = 0 AND t.state < 3 /* done */
    ), ended AS (
        UPDATE tasks AS t
        SET state = 5 /* cancelled */, tolerated = true, error = 'cancelled', closing = 0,
            updated_at = touch_HASH(p_job, p_now)
        FROM dead AS d WHERE t.job = d.job AND t.task = d.task
    ), gone AS (
        DELETE FROM delayed WHERE job = p_job AND task IN (SELECT task FROM dead)
    )
    SELECT array_agg(task ORDER BY task), array_agg(ROW(p_job, stream, was, 5, 1, 0)::move)
    INTO v_ended, v_moves FROM dead;
    IF v_moves IS NOT NULL THEN
        PERFORM shift_HASH(v_moves, p_now);
        PERFORM log_HASH(p_now, 7 /* event cancelled */, ARRAY[p_job], v_ended);
    END IF;
    RETURN v_ended;
END $$;

-- Makes pending tasks that wait for no prerequisite ready, or lists them as delayed.
CREATE FUNCTION start_HASH(p_job bigint, p_tasks integer[], p_now bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO delayed (start_at, job, task)
    SELECT start_at, p_job, task FROM tasks WHERE job = p_job AND task = ANY (p_tasks) AND start_at > p_now
    ON CONFLICT DO NOTHING;
    IF EXISTS (SELECT 1 FROM jobs WHERE job = p_job AND state = 0 /* job running */) THEN
        PERFORM make_ready_HASH(p_job, ARRAY(
            SELECT task FROM tasks
            WHERE job = p_job AND task = ANY (p_tasks) AND (start_at IS NULL OR start_at <= p_now)
        ), p_now);
    END IF;
END $$;
