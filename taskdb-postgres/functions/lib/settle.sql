-- purpose: tell the dependants of done tasks of one job; at once when they are few
-- params: p_job locked, p_tasks, p_now the clock
-- cost: the dependants, up to 500
CREATE FUNCTION settle_HASH(p_job bigint, p_tasks integer[], p_now bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_posts integer[];
BEGIN
    v_posts := ARRAY(SELECT post FROM edges WHERE job = p_job AND pre = ANY (p_tasks) LIMIT 501);
    IF cardinality(v_posts) <= 500 THEN
        PERFORM tell_done_HASH(p_job, v_posts, p_now);
    ELSE
        PERFORM step_HASH(ARRAY(
            SELECT ROW(p_job, e.task, -1, j.next_task)::release
            FROM unnest(p_tasks) AS e (task), jobs AS j WHERE j.job = p_job
        ), p_now);
    END IF;
END $$;

-- Each dependant stands in p_posts as often as prerequisites of it are done.
CREATE FUNCTION tell_done_HASH(p_job bigint, p_posts integer[], p_now bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_moves move[];
    v_ready integer[];
BEGIN
    WITH told AS (
        SELECT t.job, t.task, t.stream, t.start_at, p.n, greatest(p_now, j.updated_at) AS at,
            t.state = 0 /* pending */ AND t.waiting_on = p.n AS free,
            j.state = 0 /* job running */ AND (t.start_at IS NULL OR t.start_at <= p_now) AS due
        -- By a column, for by the parameter the planner may walk all tasks of the job for each of these.
        FROM (SELECT p_job AS job, post, count(*) AS n FROM unnest(p_posts) AS post GROUP BY post) AS p
        JOIN tasks AS t ON t.job = p.job AND t.task = p.post
        JOIN jobs AS j ON j.job = p_job
    ), less AS (
        UPDATE tasks AS t
        SET waiting_on = t.waiting_on - d.n,
            state = CASE WHEN d.free AND d.due THEN 1 /* ready */ ELSE t.state END,
            start_at = CASE WHEN d.free AND d.due THEN NULL ELSE t.start_at END,
            updated_at = CASE WHEN d.free AND d.due THEN d.at ELSE t.updated_at END
        FROM told AS d WHERE t.job = d.job AND t.task = d.task
    ), wait AS (
        INSERT INTO delayed (start_at, job, task)
        SELECT start_at, p_job, task FROM told WHERE free AND NOT due AND start_at IS NOT NULL
        ON CONFLICT DO NOTHING
    )
    SELECT array_agg(ROW(p_job, stream, 0, 1, n, 0)::move),
        CASE WHEN logs_all_HASH() THEN ARRAY(SELECT task FROM told WHERE free AND due ORDER BY task) END
    INTO v_moves, v_ready FROM (
        SELECT stream, count(*) AS n FROM told WHERE free AND due GROUP BY stream
    ) AS moved;
    IF v_moves IS NOT NULL THEN
        PERFORM shift_HASH(v_moves, p_now);
        IF v_ready IS NOT NULL THEN
            PERFORM log_HASH(p_now, 1 /* event ready */, ARRAY[p_job], v_ready);
        END IF;
    END IF;
END $$;
