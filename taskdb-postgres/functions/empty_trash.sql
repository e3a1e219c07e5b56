-- purpose: remove what a deleted job has left, in steps, and outputs kept long enough
-- params: p_now the clock or null; answers whether there is more
-- cost: at most 1000 tasks and 1000 outputs
CREATE FUNCTION empty_trash_HASH(p_now bigint) RETURNS boolean LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_job bigint;
    v_last integer;
    v_n integer;
    v_expired integer;
BEGIN
    WITH gone AS (
        DELETE FROM kept_outputs WHERE (job_id, name) IN (
            SELECT job_id, name FROM kept_outputs WHERE expires_at <= moment_HASH(p_now)
            ORDER BY expires_at LIMIT 1000 FOR UPDATE SKIP LOCKED
        ) RETURNING 1
    )
    SELECT count(*) INTO v_expired FROM gone;
    SELECT job INTO v_job FROM trash ORDER BY job LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN v_expired = 1000;
    END IF;
    SELECT max(task), count(*) INTO v_last, v_n FROM (
        SELECT task FROM tasks WHERE job = v_job ORDER BY task LIMIT 1000
    ) AS few;
    DELETE FROM tasks WHERE job = v_job AND task <= v_last;
    DELETE FROM definitions WHERE job = v_job AND task <= v_last;
    DELETE FROM outputs WHERE job = v_job AND task <= v_last;
    DELETE FROM edges WHERE job = v_job AND pre <= v_last;
    IF v_n < 1000 THEN
        DELETE FROM trash WHERE job = v_job;
    END IF;
    RETURN EXISTS (SELECT 1 FROM trash);
END $$;
