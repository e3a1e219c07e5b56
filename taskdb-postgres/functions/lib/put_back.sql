-- purpose: end the claim of a running task, which is ready again at its old place or waits for a start time
-- params: p_job locked; p_retries and p_losses are added; p_why as the event log tells it, null in a stopped job, with
--   which the task is cancelled; p_now the clock
-- cost: one task
CREATE FUNCTION put_back_HASH(
    p_job bigint, p_task integer, p_closing smallint, p_retries integer, p_losses integer, p_progress real,
    p_start_at bigint, p_why bytea, p_now bigint
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_to smallint := CASE WHEN p_start_at IS NULL THEN 1 /* ready */ ELSE 0 /* pending */ END;
    v_stream bigint;
BEGIN
    PERFORM log_HASH(p_now, CASE WHEN p_why IS NULL THEN 7 /* event cancelled */ ELSE 6 /* event retried */ END,
        ARRAY[p_job], ARRAY[p_task], p_why);
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

-- Ends an attempt at a running task; true when another one will follow, after p_delay or, if that is
-- null, as its rules say. The closings are those for a worker that gave up by its claim, 0 otherwise.
CREATE FUNCTION retry_HASH(
    p_job bigint, p_task integer, p_closing smallint, p_last_closing smallint, p_expired boolean,
    p_delay bigint, p_now bigint
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_t tasks;
    v_over boolean;
    v_lost boolean;
    v_delay bigint := p_delay;
BEGIN
    SELECT * INTO v_t FROM tasks WHERE job = p_job AND task = p_task;
    SELECT state >= 2 /* job failed */ INTO v_over FROM jobs WHERE job = p_job;
    v_lost := p_expired AND coalesce(v_t.losses >= v_t.max_losses, false);
    IF (v_lost OR v_t.retries >= v_t.max_retries) AND NOT v_over THEN
        UPDATE tasks SET losses = losses + 1 WHERE job = p_job AND task = p_task AND p_expired;
        PERFORM terminate_HASH(p_job, p_task, 4::smallint, (CASE WHEN v_lost THEN 'lost too often'
            ELSE 'retry max hit' END)::bytea, p_last_closing, p_now);
        RETURN false;
    END IF;
    IF v_delay IS NULL AND v_t.backoff_first IS NOT NULL THEN
        v_delay := delay_HASH(v_t.backoff_first, v_t.backoff_cap, v_t.backoff_jitter, p_task, v_t.retries);
    END IF;
    PERFORM put_back_HASH(
        p_job, p_task, CASE WHEN v_over THEN p_last_closing ELSE p_closing END,
        (v_t.retries < v_t.max_retries)::integer, p_expired::integer, 0,
        CASE WHEN v_delay > 0 AND NOT v_over THEN later_HASH(p_now, v_delay) END,
        (CASE WHEN v_over THEN NULL WHEN p_expired THEN 'lost' ELSE 'given up' END)::bytea, p_now
    );
    RETURN NOT v_over;
END $$;
