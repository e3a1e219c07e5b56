-- purpose: carry on releases that were interrupted, by one step
-- params: p_jobs locked, p_now the clock
-- cost: up to 500 dependants
CREATE FUNCTION help_HASH(p_jobs bigint[], p_now bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_jobs bigint[] := ARRAY(SELECT job FROM releases WHERE job = ANY (p_jobs) ORDER BY job, task LIMIT 500);
BEGIN
    -- A job that is gone has nothing left.
    DELETE FROM releases AS r
    WHERE r.job = ANY (v_jobs) AND NOT EXISTS (SELECT 1 FROM jobs AS j WHERE j.job = r.job);
    PERFORM step_HASH(ARRAY(
        SELECT ROW(r.job, r.task, r.after, r.upto)::release FROM releases AS r
        WHERE r.job = ANY (v_jobs) ORDER BY r.job, r.task LIMIT 500
    ), p_now);
    PERFORM close_HASH(v_jobs, p_now);
END $$;

-- Completes the releases of one job, which is locked.
CREATE FUNCTION complete_releases_HASH(p_job bigint, p_now bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WHILE EXISTS (SELECT 1 FROM releases WHERE job = p_job) LOOP
        PERFORM step_HASH(ARRAY(
            SELECT ROW(r.job, r.task, r.after, r.upto)::release FROM releases AS r
            WHERE r.job = p_job ORDER BY r.task LIMIT 500
        ), p_now, 100000);
    END LOOP;
END $$;

-- Whether steps are left of a release of these jobs: 1 or 0.
CREATE FUNCTION unfinished_HASH(p_ids uuid[]) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM releases) THEN
        RETURN 0;
    END IF;
    RETURN (EXISTS (
        SELECT 1 FROM releases AS r JOIN jobs AS j ON j.job = r.job WHERE j.id = ANY (p_ids)
    ))::integer;
END $$;
