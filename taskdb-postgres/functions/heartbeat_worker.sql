-- purpose: note what a worker says of itself, or take it off the list; forget some whose time has passed
-- params: p_now the clock or null, p_worker, p_about, p_ttl in microseconds, 0 to take it off
-- cost: one row, up to 100 that go
CREATE FUNCTION heartbeat_worker_HASH(p_now bigint, p_worker text, p_about text, p_ttl bigint) RETURNS jsonb
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_gate smallint := enter_HASH(false);
    v_now bigint := moment_HASH(p_now);
BEGIN
    IF v_gate = 2 THEN
        RETURN jsonb_build_array('closed', v_gate);
    END IF;
    IF p_ttl > 0 THEN
        INSERT INTO workers (worker_id, about, seen_at, expires_at)
        VALUES (p_worker, p_about, v_now, later_HASH(v_now, p_ttl))
        ON CONFLICT (worker_id)
        DO UPDATE SET about = excluded.about, seen_at = excluded.seen_at, expires_at = excluded.expires_at;
    ELSE
        DELETE FROM workers WHERE worker_id = p_worker;
    END IF;
    DELETE FROM workers WHERE worker_id IN (
        SELECT worker_id FROM workers WHERE expires_at <= v_now
        ORDER BY expires_at LIMIT 100 FOR UPDATE SKIP LOCKED
    );
    RETURN '["ok", {}]';
END $$;
