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
            SELECT coalesce(s.worker_type, '') AS worker_type, sum(split_part(w, ' ', 2)::bigint) AS n
            FROM string_to_table(v_work, ',') AS w
            LEFT JOIN streams AS s ON s.stream = split_part(w, ' ', 1)::bigint
            GROUP BY s.worker_type
        ) AS sums
    );
END $$;
