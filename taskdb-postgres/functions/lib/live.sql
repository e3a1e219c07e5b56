-- purpose: hand out again what claims hold already
-- params: p_claims the ids as a call has them
-- cost: the tasks held
CREATE FUNCTION live_HASH(p_claims uuid[]) RETURNS TABLE (
    place integer, header jsonb, job_id uuid, class smallint, stream_id uuid, name text, attempt bigint,
    definition text, prerequisites text[], max_retries integer, retries integer, timeout_secs integer,
    deadline bigint
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT w.place::integer, NULL::jsonb, j.id, j.priority, s.id, d.name, t.attempt, d.body, d.prerequisites,
        t.max_retries, t.retries, t.timeout_secs, t.deadline
    FROM unnest(p_claims) WITH ORDINALITY AS w (claim, place)
    -- Without OFFSET the planner may look at all claims for each of these.
    CROSS JOIN LATERAL (SELECT * FROM tasks WHERE claim_id = w.claim AND state = 2 /* running */ OFFSET 0) AS t
    JOIN definitions AS d ON d.job = t.job AND d.task = t.task
    JOIN jobs AS j ON j.job = t.job
    JOIN streams AS s ON s.stream = t.stream;
END $$;
