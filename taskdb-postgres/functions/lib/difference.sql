-- purpose: in what a stored task differs from one to create; null when in nothing
-- params: p_stream the stream of the new one
-- cost: one task
CREATE FUNCTION difference_HASH(p_job bigint, p_task integer, p_spec task_spec, p_stream bigint) RETURNS jsonb
LANGUAGE sql AS $$
    SELECT CASE
        WHEN t.stream <> p_stream THEN '["exists", "another stream"]'
        WHEN d.body <> p_spec.body THEN '["exists", "another definition"]'
        WHEN NOT (d.prerequisites @> p_spec.prerequisites AND d.prerequisites <@ p_spec.prerequisites)
            THEN '["exists", "other prerequisites"]'
        WHEN (t.max_retries, t.timeout_secs, t.optional, t.run_if)
            <> (p_spec.max_retries, p_spec.timeout_secs, p_spec.optional, p_spec.run_if)
            OR (t.backoff_first, t.backoff_cap, t.backoff_jitter, t.max_losses) IS DISTINCT FROM
                ((p_spec.rules).first, (p_spec.rules).cap, (p_spec.rules).jitter, (p_spec.rules).losses)
            THEN '["exists", "other limits or rules"]'
    END::jsonb
    FROM tasks AS t JOIN definitions AS d ON d.job = t.job AND d.task = t.task
    WHERE t.job = p_job AND t.task = p_task
$$;
