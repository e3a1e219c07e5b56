-- purpose: make planned tasks running, hand them out, and fold what was counted since into the streams
-- params: p_type; p_plan with its jobs locked; p_places which claims they get, in order; the rest as request_work
-- cost: one row for each task, lane, job and stream, and the changes since the last claim
CREATE FUNCTION claim_HASH(
    p_type text, p_plan picked[], p_places integer[], p_workers text[], p_leases bigint[], p_claims uuid[], p_now bigint
) RETURNS TABLE (
    place integer, header jsonb, job_id uuid, class smallint, stream_id uuid, name text, attempt bigint,
    definition text, prerequisites text[], max_retries integer, retries integer, timeout_secs integer, deadline bigint
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    IF cardinality(p_plan) = 1 THEN
        RETURN QUERY SELECT * FROM claim_one_HASH(
            p_type, p_plan[1], p_places[1], p_workers[p_places[1]], p_leases[p_places[1]], p_claims[p_places[1]], p_now
        );
    ELSE
        RETURN QUERY SELECT * FROM claim_many_HASH(p_type, p_plan, p_places, p_workers, p_leases, p_claims, p_now);
    END IF;
    IF logs_all_HASH() THEN
        PERFORM log_HASH(p_now, 2 /* event claimed */, array_agg(p.job), array_agg(p.task)) FROM unnest(p_plan) AS p;
    END IF;
END $$;
