-- purpose: lock the jobs of a plan in the order of their age; false when one of them has changed since
-- params: p_plan
-- cost: one row for each job
CREATE FUNCTION lock_plan_HASH(p_plan picked[]) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RETURN (
        SELECT count(*) = cardinality(p_plan)
        FROM unnest(p_plan) AS p
        JOIN (
            SELECT job, xmin::text AS version FROM jobs
            WHERE job = ANY (ARRAY(SELECT DISTINCT job FROM unnest(p_plan))) ORDER BY job FOR UPDATE
        ) AS j ON j.job = p.job AND j.version = p.version
    );
END $$;

-- What any claim sees to first: interrupted releases, delayed tasks that are due. Answers
-- when the next one will be.
CREATE FUNCTION tidy_HASH(p_now bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_left boolean;
    v_next bigint;
BEGIN
    SELECT EXISTS (SELECT 1 FROM releases), (SELECT min(start_at) FROM delayed) INTO v_left, v_next;
    IF v_left THEN
        PERFORM help_HASH(p_now);
    END IF;
    IF v_left OR v_next <= p_now THEN
        PERFORM promote_HASH(p_now);
        v_next := (SELECT min(start_at) FROM delayed);
    END IF;
    RETURN v_next;
END $$;
