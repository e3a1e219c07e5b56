-- purpose: end the claim of a running task, which is ready again at its old place or waits for a start time
-- params: p_job locked; p_retries and p_losses are added; p_now the clock
-- cost: one task
CREATE FUNCTION put_back_HASH(
    p_job bigint, p_task integer, p_closing smallint, p_retries integer, p_losses integer, p_progress real,
    p_start_at bigint, p_now bigint
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_to smallint := CASE WHEN p_start_at IS NULL THEN 1 /* ready */ ELSE 0 /* pending */ END;
    v_stream bigint;
BEGIN
    UPDATE tasks
    SET state = v_to, closing = p_closing, retries = retries + p_retries, losses = losses + p_losses,
        progress = coalesce(p_progress, progress), start_at = p_start_at, lease = NULL, lease_end = NULL,
        work_deadline = NULL, deadline = NULL, updated_at = touch_HASH(p_job, p_now)
    WHERE job = p_job AND task = p_task
    RETURNING stream INTO v_stream;
    IF p_start_at IS NOT NULL THEN
        INSERT INTO delayed (start_at, job, task) VALUES (p_start_at, p_job, p_task);
    END IF;
    PERFORM shift_HASH(ARRAY[ROW(p_job, v_stream, 2, v_to, 1, 0)::move], p_now);
END $$;

-- Ends an attempt at a running task; true when another one will follow. The closings are
-- those for a worker that gave up by its claim, 0 otherwise.
CREATE FUNCTION retry_HASH(
    p_job bigint, p_task integer, p_closing smallint, p_last_closing smallint, p_expired boolean,
    p_start_at bigint, p_now bigint
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_spent boolean;
    v_over boolean;
BEGIN
    SELECT t.retries >= t.max_retries, j.state >= 2 /* job failed */ INTO v_spent, v_over
    FROM tasks AS t JOIN jobs AS j ON j.job = t.job WHERE t.job = p_job AND t.task = p_task;
    IF v_spent AND NOT v_over THEN
        UPDATE tasks SET losses = losses + 1 WHERE job = p_job AND task = p_task AND p_expired;
        PERFORM terminate_HASH(p_job, p_task, 4::smallint, 'retry max hit', p_last_closing, p_now);
        RETURN false;
    END IF;
    PERFORM put_back_HASH(
        p_job, p_task, CASE WHEN v_over THEN p_last_closing ELSE p_closing END, (NOT v_spent)::integer,
        p_expired::integer, 0, CASE WHEN v_over THEN NULL ELSE p_start_at END, p_now
    );
    RETURN NOT v_over;
END $$;
