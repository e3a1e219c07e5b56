-- purpose: what claim_many does, for one task alone, which needs no ranks and sums
-- params: p_picked with its job locked; the rest as claim
-- cost: one task, lane, job and stream, and the changes since the last claim
CREATE FUNCTION claim_one_HASH(
    p_type text, p_picked picked, p_place integer, p_worker text, p_lease bigint, p_claim uuid, p_now bigint
) RETURNS TABLE (
    place integer, header jsonb, job_id uuid, class smallint, stream_id uuid, name text, attempt bigint,
    definition text, prerequisites text[], max_retries integer, retries integer, timeout_secs integer, deadline bigint
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_at bigint;
BEGIN
    UPDATE jobs AS j
    SET started_at = coalesce(j.started_at, greatest(p_now, j.updated_at)), updated_at = greatest(p_now, j.updated_at)
    WHERE j.job = p_picked.job RETURNING j.id, j.updated_at INTO job_id, v_at;
    UPDATE lanes AS l SET ready = l.ready - 1, running = l.running + 1, first = p_picked.task + 1
    WHERE l.job = p_picked.job AND l.stream = p_picked.stream;
    UPDATE tasks AS t
    SET state = 2 /* running */, attempt = t.attempt + 1, claim_id = p_claim, worker_id = p_worker, closing = 0,
        lease = p_lease, lease_end = later_HASH(p_now, p_lease),
        work_deadline = p_now + t.timeout_secs * 1000000::bigint,
        deadline = p_now + least(t.timeout_secs * 1000000::bigint, p_lease), started_at = v_at, updated_at = v_at
    WHERE t.job = p_picked.job AND t.task = p_picked.task
    RETURNING t.attempt, t.max_retries, t.retries, t.timeout_secs, t.deadline
    INTO attempt, max_retries, retries, timeout_secs, deadline;
    SELECT d.name, d.body, d.prerequisites, s.id INTO name, definition, prerequisites, stream_id
    FROM definitions AS d, streams AS s
    WHERE d.job = p_picked.job AND d.task = p_picked.task AND s.stream = p_picked.stream;
    -- A damaged store, where a task has no definition, hands out nothing for it.
    IF FOUND THEN
        place := p_place;
        class := p_picked.class;
        RETURN NEXT;
    END IF;
    PERFORM fold_HASH(p_type, p_picked);
END $$;
