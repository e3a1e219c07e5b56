-- purpose: make one array of tasks to create of the columns that a call sends
-- params: arrays of one length; p_prerequisites holds arrays as text, p_flags 1 for optional and 2 for all_settled,
--   p_rules values of task_rules as text or nothing
-- cost: nothing stored
CREATE FUNCTION specs_HASH(
    p_names text[], p_streams uuid[], p_bodies text[], p_prerequisites text[], p_max_retries integer[],
    p_timeouts integer[], p_flags smallint[], p_starts bigint[], p_delays bigint[], p_rules text[]
) RETURNS task_spec[] LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT coalesce(array_agg(
        ROW(
            place - 1, name, stream_id, body, prerequisites::text[], max_retries, timeout_secs,
            (flags & 1) = 1, flags >> 1, start_at, delay, rules::task_rules
        )::task_spec ORDER BY place
    ), '{}')
    FROM unnest(
        p_names, p_streams, p_bodies, p_prerequisites, p_max_retries, p_timeouts, p_flags, p_starts, p_delays, p_rules
    ) WITH ORDINALITY AS s (
        name, stream_id, body, prerequisites, max_retries, timeout_secs, flags, start_at, delay, rules, place
    ));
END $$;

-- When a new task may start; null for at once.
CREATE FUNCTION begin_HASH(p_now bigint, p_start_at bigint, p_delay bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN p_start_at > p_now THEN p_start_at
        WHEN p_delay > 0 THEN later_HASH(p_now, p_delay)
    END
$$;
