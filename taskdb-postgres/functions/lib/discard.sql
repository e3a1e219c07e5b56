-- purpose: take a job out of sight: nothing of it can be read, claimed or finished from here on
-- params: p_job locked, p_keep_until when the output of `init` goes, or null; p_now the clock
-- cost: the streams and running tasks of the job
CREATE FUNCTION discard_HASH(p_job bigint, p_keep_until bigint, p_now bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kept_outputs (job_id, name, body, expires_at)
    SELECT j.id, d.name, o.body, p_keep_until
    FROM jobs AS j
    JOIN definitions AS d ON d.job = j.job AND d.name = 'init'
    JOIN outputs AS o ON o.job = d.job AND o.task = d.task
    WHERE j.job = p_job AND p_keep_until IS NOT NULL
    ON CONFLICT (job_id, name) DO NOTHING;
    PERFORM stop_HASH(p_job, true);
    IF EXISTS (SELECT 1 FROM lanes WHERE job = p_job AND running > 0) THEN
        UPDATE tasks SET state = 5 /* cancelled */, deadline = NULL
        WHERE job = p_job AND state = 2 /* running */;
    END IF;
    INSERT INTO stream_deltas (worker_type, stream, priority, pending, ready, running)
    SELECT s.worker_type, l.stream, l.priority, 0, 0, -l.running
    FROM lanes AS l JOIN streams AS s ON s.stream = l.stream WHERE l.job = p_job AND l.running > 0;
    DELETE FROM lanes WHERE job = p_job;
    DELETE FROM releases WHERE job = p_job;
    DELETE FROM delayed WHERE job = p_job;
    PERFORM log_HASH(p_now, 8 /* event deleted */, ARRAY[p_job], NULL);
    DELETE FROM jobs WHERE job = p_job;
    INSERT INTO trash (job) VALUES (p_job);
END $$;
