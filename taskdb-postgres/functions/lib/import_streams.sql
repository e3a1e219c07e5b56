-- purpose: take in the streams of an export
-- params: p_records
-- cost: one row each
CREATE FUNCTION import_streams_HASH(p_records record_in[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- What a deleted stream has left goes, unless a task names it.
    WITH gone AS (
        DELETE FROM streams AS s
        USING (
            SELECT t.stream FROM unnest(p_records) AS r JOIN streams AS t ON t.stream = r.age WHERE r.kind = 'stream'
            UNION
            SELECT t.stream FROM unnest(p_records) AS r JOIN streams AS t ON t.id = r.stream_id WHERE r.kind = 'stream'
        ) AS met
        WHERE s.stream = met.stream AND s.deleted
            AND NOT EXISTS (SELECT 1 FROM lanes AS l WHERE l.stream = s.stream)
        RETURNING s.worker_type, s.stream
    )
    -- Nobody has folded these in yet.
    DELETE FROM stream_deltas AS d USING gone WHERE d.worker_type = gone.worker_type AND d.stream = gone.stream;
    PERFORM refuse_HASH(jsonb_build_array('stream_age', r.stream_id))
    FROM (
        SELECT age, stream_id, stream_id::text > min(stream_id::text) OVER (PARTITION BY age) AS is_twin
        FROM unnest(p_records) AS n
        WHERE kind = 'stream' AND NOT EXISTS (SELECT 1 FROM streams AS k WHERE k.id = n.stream_id)
    ) AS r LEFT JOIN streams AS s ON s.stream = r.age
    WHERE is_twin OR s.stream IS NOT NULL;
    INSERT INTO streams (stream, id, worker_type, user_id, reserved, be_mult, paused, deleted)
    SELECT r.age, r.stream_id, r.worker_type, r.user_id, r.reserved, r.be_mult, r.paused, r.deleted
    FROM unnest(p_records) AS r WHERE r.kind = 'stream'
    ON CONFLICT (id) DO NOTHING;
    PERFORM setval('stream_ages', top, true) FROM (SELECT max(stream) AS top FROM streams) AS s
    WHERE top IS NOT NULL AND top >= (SELECT last_value FROM stream_ages);
END $$;
