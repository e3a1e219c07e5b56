-- purpose: collect which worker types have new work, until the end of the transaction
-- params: p_work pairs of stream and number of tasks, as text; stream -1: claims were taken away
-- cost: nothing stored
CREATE FUNCTION wake_HASH(p_work text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF p_work IS NOT NULL THEN
        PERFORM set_config(
            'taskdb.woken',
            concat_ws(',', nullif(current_setting('taskdb.woken', true), ''), p_work),
            true
        );
    END IF;
END $$;

-- An object of counts by worker type, of which the empty one stands for claims that were taken away.
CREATE FUNCTION woken_HASH() RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_work text := current_setting('taskdb.woken', true);
BEGIN
    IF coalesce(v_work, '') = '' THEN
        RETURN '{}';
    END IF;
    RETURN (
        SELECT coalesce(jsonb_object_agg(worker_type, n), '{}') FROM (
            SELECT worker_type, sum(n) AS n FROM (
                -- Looked up one by one, for a join might read all streams.
                SELECT coalesce((SELECT worker_type FROM streams WHERE stream = split_part(w, ' ', 1)::bigint), '')
                    AS worker_type, split_part(w, ' ', 2)::bigint AS n
                FROM string_to_table(v_work, ',') AS w
            ) AS work GROUP BY worker_type
        ) AS sums
    );
END $$;
