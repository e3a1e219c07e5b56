-- purpose: the one place where tasks that change their states are counted
-- params: p_moves what has moved, p_now the clock; the jobs are locked
-- cost: one row for each job, lane and stream
CREATE FUNCTION shift_HASH(p_moves move[], p_now bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_woken text;
BEGIN
    WITH sides AS (
        SELECT job, stream, was AS side, -n AS n FROM unnest(p_moves) WHERE was IS NOT NULL
        UNION ALL
        SELECT job, stream, becomes, n FROM unnest(p_moves)
    ), lane AS (
        SELECT s.job, s.stream, j.priority, j.state >= 2 /* job failed */ AS stopped,
            coalesce(sum(n) FILTER (WHERE side = 0), 0) AS pending,
            coalesce(sum(n) FILTER (WHERE side = 1), 0) AS ready,
            coalesce(sum(n) FILTER (WHERE side = 2), 0) AS running,
            coalesce(sum(n) FILTER (WHERE side = 3), 0) AS done,
            coalesce(sum(n) FILTER (WHERE side = 4), 0) AS failed,
            coalesce(sum(n) FILTER (WHERE side = 5), 0) AS cancelled,
            -- What becomes ready may come before all that is.
            coalesce(min(0) FILTER (WHERE side = 1 AND n > 0), 2147483647) AS first
        FROM sides AS s JOIN jobs AS j ON j.job = s.job
        GROUP BY s.job, s.stream, j.priority, j.state
    ), kept AS (
        INSERT INTO lanes AS l
            (job, stream, priority, stopped, pending, ready, running, done, failed, cancelled, first)
        SELECT * FROM lane
        ON CONFLICT (job, stream) DO UPDATE SET
            pending = l.pending + excluded.pending, ready = l.ready + excluded.ready,
            running = l.running + excluded.running, done = l.done + excluded.done,
            failed = l.failed + excluded.failed, cancelled = l.cancelled + excluded.cancelled,
            first = least(l.first, excluded.first)
    ), counted AS (
        UPDATE jobs AS j
        SET tasks = j.tasks + c.made, unresolved = j.unresolved + c.unresolved, open = j.open + c.open,
            hard = j.hard + c.hard, updated_at = greatest(j.updated_at, p_now)
        FROM (
            SELECT job, coalesce(sum(n) FILTER (WHERE was IS NULL), 0) AS made, sum(hard) AS hard,
                sum(n * ((becomes <> 3)::integer - coalesce(was <> 3, false)::integer)) AS unresolved,
                sum(n * ((becomes < 3)::integer - coalesce(was < 3, false)::integer)) AS open
            FROM unnest(p_moves) GROUP BY job
        ) AS c
        WHERE j.job = c.job
    ), told AS (
        INSERT INTO stream_deltas (worker_type, stream, priority, pending, ready, running)
        SELECT s.worker_type, l.stream, l.priority,
            CASE WHEN l.stopped THEN 0 /* nothing */ ELSE l.pending END,
            CASE WHEN l.stopped THEN 0 /* nothing */ ELSE l.ready END, l.running
        FROM lane AS l JOIN streams AS s ON s.stream = l.stream
    )
    SELECT string_agg(stream || ' ' || ready, ',') INTO v_woken FROM lane WHERE ready > 0 AND NOT stopped;
    PERFORM wake_HASH(v_woken);
END $$;
