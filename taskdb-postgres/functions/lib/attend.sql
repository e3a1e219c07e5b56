-- purpose: see to what time has brought: interrupted releases, tasks not started in time, delayed ones that are
--   due. The jobs of all of it, and of claims that have expired, are locked at once, for locks have one order
-- params: p_now the clock; of each kind how much is looked at, 0 for none; answers which jobs are locked
-- cost: up to 500 dependants, 100 tasks not started in time, 100 delayed tasks
CREATE FUNCTION attend_HASH(p_now bigint, p_delayed integer, p_overdue integer, p_expired integer)
RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    v_jobs bigint[] := ARRAY(
        (SELECT job FROM releases ORDER BY job, task LIMIT 500)
        UNION
        (SELECT job FROM delayed WHERE start_at <= p_now ORDER BY start_at, job, task LIMIT p_delayed)
        UNION
        (SELECT job FROM tasks WHERE start_by <= p_now AND attempt = 0 AND state <= 1 /* ready */
            ORDER BY start_by, job, task LIMIT p_overdue)
        UNION
        (SELECT job FROM tasks WHERE state = 2 /* running */ AND deadline <= p_now
            ORDER BY deadline, job, task LIMIT p_expired)
    );
BEGIN
    PERFORM 1 FROM jobs WHERE job = ANY (v_jobs) ORDER BY job FOR UPDATE;
    PERFORM help_HASH(v_jobs, p_now);
    IF p_overdue > 0 THEN
        PERFORM overdue_HASH(v_jobs, p_now);
    END IF;
    IF p_delayed > 0 THEN
        PERFORM promote_HASH(v_jobs, p_now);
    END IF;
    RETURN v_jobs;
END $$;

-- What any claim sees to first, if there is anything; answers which jobs are locked.
CREATE FUNCTION tidy_HASH(p_now bigint) RETURNS bigint[] LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM releases)
        OR EXISTS (SELECT 1 FROM delayed WHERE start_at <= p_now)
        OR EXISTS (SELECT 1 FROM tasks WHERE start_by <= p_now AND attempt = 0 AND state <= 1 /* ready */)
    THEN
        RETURN attend_HASH(p_now, 200, 100, 0);
    END IF;
    RETURN '{}';
END $$;
