-- purpose: take what waits in a job out of the ready index, or put it back
-- params: p_job locked, p_stopped
-- cost: the streams of the job
CREATE FUNCTION stop_HASH(p_job bigint, p_stopped boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_sign integer := CASE WHEN p_stopped THEN -1 ELSE 1 /* back */ END;
    v_woken text;
BEGIN
    WITH lane AS (
        UPDATE lanes SET stopped = p_stopped WHERE job = p_job AND stopped <> p_stopped
        RETURNING stream, priority, pending, ready
    ), told AS (
        INSERT INTO stream_deltas (worker_type, stream, priority, pending, ready, running)
        SELECT s.worker_type, l.stream, l.priority, v_sign * l.pending, v_sign * l.ready, 0
        FROM lane AS l JOIN streams AS s ON s.stream = l.stream
        WHERE l.pending + l.ready > 0
    )
    SELECT string_agg(stream || ' ' || ready, ',') INTO v_woken FROM lane WHERE ready > 0 AND NOT p_stopped;
    PERFORM wake_HASH(v_woken);
    IF p_stopped AND EXISTS (SELECT 1 FROM lanes WHERE job = p_job AND running > 0) THEN
        PERFORM wake_HASH('-1 1');
    END IF;
END $$;
