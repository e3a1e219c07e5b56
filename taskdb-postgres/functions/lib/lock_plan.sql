-- purpose: lock the jobs of a plan in the order of their age; false when one of them has changed since, null
--   with nothing locked when one is older than a job that is locked already
-- params: p_plan; p_held the jobs that are locked
-- cost: one row for each job
CREATE FUNCTION lock_plan_HASH(p_plan picked[], p_held bigint[]) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    -- All who lock jobs lock older ones first, so none of them ever waits for another in a circle.
    IF cardinality(p_held) > 0 AND EXISTS (
        SELECT 1 FROM unnest(p_plan) AS p
        WHERE p.job <> ALL (p_held) AND p.job < (SELECT max(held) FROM unnest(p_held) AS held)
    ) THEN
        RETURN NULL;
    END IF;
    RETURN (
        SELECT count(*) = cardinality(p_plan)
        FROM unnest(p_plan) AS p
        JOIN (
            SELECT job, xmin::text AS version FROM jobs
            WHERE job = ANY (ARRAY(SELECT DISTINCT job FROM unnest(p_plan))) ORDER BY job FOR UPDATE
        ) AS j ON j.job = p.job AND j.version = p.version
    );
END $$;
