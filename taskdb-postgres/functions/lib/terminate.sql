-- purpose: end a task as failed or cancelled, with what follows for its dependants or its job
-- params: p_job locked, p_to the state, p_closing what ended a claim, p_now the clock
-- cost: the task and up to 500 dependants; the streams of a job that fails
CREATE FUNCTION terminate_HASH(
    p_job bigint, p_task integer, p_to smallint, p_error bytea, p_closing smallint, p_now bigint
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_t tasks;
    v_j jobs;
BEGIN
    SELECT * INTO v_t FROM tasks WHERE job = p_job AND task = p_task;
    SELECT * INTO v_j FROM jobs WHERE job = p_job;
    IF p_to = 4 /* failed */ THEN
        PERFORM log_HASH(p_now, 5 /* event failed */, ARRAY[p_job], ARRAY[p_task], p_error);
    ELSE
        PERFORM log_HASH(p_now, 7 /* event cancelled */, ARRAY[p_job], ARRAY[p_task]);
    END IF;
    UPDATE tasks
    SET state = p_to, tolerated = v_t.optional, error = p_error, updated_at = greatest(p_now, v_j.updated_at),
        lease = NULL, lease_end = NULL, work_deadline = NULL, deadline = NULL,
        closing = CASE WHEN v_t.state = 2 /* running */ THEN p_closing ELSE closing END
    WHERE job = p_job AND task = p_task;
    DELETE FROM delayed WHERE start_at = v_t.start_at AND job = p_job AND task = p_task;
    PERFORM shift_HASH(
        ARRAY[ROW(p_job, v_t.stream, v_t.state, p_to, 1, (NOT v_t.optional)::integer)::move], p_now
    );
    IF v_t.optional THEN
        PERFORM step_HASH(ARRAY[ROW(p_job, p_task, -1, v_j.next_task)::release], p_now);
    ELSIF v_j.state = 0 /* job running */ THEN
        PERFORM fail_job_HASH(p_job, p_now, p_error);
    END IF;
END $$;
