-- purpose: find the task of a change and judge the claim it carries
-- params: p_claim is null for a call by name; the job is locked
-- cost: one task
CREATE FUNCTION aim_HASH(p_job_id uuid, p_name text, p_claim uuid, p_attempt bigint) RETURNS aim
LANGUAGE plpgsql AS $$
DECLARE
    v_aim aim;
    v_claim uuid;
    v_attempt bigint;
BEGIN
    SELECT t.job, t.task, t.stream, t.state, seen_HASH(t.state, j.state), j.state, t.closing,
        t.claim_id, t.attempt
    INTO v_aim.job, v_aim.task, v_aim.stream, v_aim.own_state, v_aim.seen_state, v_aim.job_state,
        v_aim.closing, v_claim, v_attempt
    FROM jobs AS j
    JOIN definitions AS d ON d.job = j.job AND d.name = p_name
    JOIN tasks AS t ON t.job = d.job AND t.task = d.task
    WHERE j.id = p_job_id;
    v_aim.last := coalesce(v_claim = p_claim AND v_attempt = p_attempt, false);
    v_aim.over := CASE
        WHEN v_aim.job IS NULL AND p_claim IS NULL THEN '["ok", 0]'
        WHEN v_aim.job IS NULL THEN '["lost", "deleted"]'
        WHEN p_claim IS NULL OR (v_aim.last AND v_aim.own_state = 2 /* running */) THEN NULL
        WHEN v_attempt > p_attempt OR (v_attempt = p_attempt AND v_claim <> p_claim)
            THEN '["lost", "reclaimed"]'
        WHEN v_aim.seen_state IN (3 /* done */, 4 /* failed */) THEN '["lost", "finished"]'
        WHEN v_aim.seen_state = 5 /* cancelled */ THEN '["lost", "cancelled"]'
        ELSE '["lost", "requeued"]'
    END;
    RETURN v_aim;
END $$;

-- What callers see of a state in a job.
CREATE FUNCTION seen_HASH(p_own smallint, p_job smallint) RETURNS smallint
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN p_own <= 1 AND p_job >= 2 THEN 5 /* cancelled */ ELSE p_own END::smallint
$$;

CREATE FUNCTION lock_jobs_HASH(p_ids uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM jobs WHERE id = ANY (p_ids) ORDER BY job FOR UPDATE;
END $$;
