-- purpose: make a stream, or find the oldest one of a user and worker type
-- params: p_find returns the oldest one as it is
-- cost: one row
CREATE FUNCTION create_stream_HASH(
    p_id uuid, p_type text, p_user text, p_reserved integer, p_be_mult double precision, p_find boolean
) RETURNS jsonb LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_gate smallint := enter_HASH(false);
    v_known streams;
BEGIN
    IF v_gate = 2 THEN
        RETURN jsonb_build_array('closed', v_gate);
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended(current_schema() || ' ' || p_user || ' ' || p_type, 3));
    IF p_find THEN
        SELECT * INTO v_known FROM streams
        WHERE user_id = p_user AND worker_type = p_type AND NOT deleted ORDER BY stream LIMIT 1;
        IF FOUND THEN
            RETURN jsonb_build_array('ok', '{}'::jsonb, v_known.id);
        END IF;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM streams WHERE id = p_id) THEN
        INSERT INTO streams (stream, id, worker_type, user_id, reserved, be_mult)
        VALUES (nextval('stream_ages'), p_id, p_type, p_user, p_reserved, p_be_mult)
        ON CONFLICT (id) DO NOTHING;
        IF FOUND THEN
            RETURN jsonb_build_array('ok', '{}'::jsonb, p_id);
        END IF;
    END IF;
    SELECT * INTO v_known FROM streams WHERE id = p_id;
    IF v_known.deleted THEN
        RETURN '["stream_exists", "a deleted stream''s id"]';
    ELSIF (v_known.worker_type, v_known.user_id, v_known.reserved, v_known.be_mult)
        <> (p_type, p_user, p_reserved, p_be_mult) THEN
        RETURN '["stream_exists", "other settings"]';
    END IF;
    RETURN jsonb_build_array('ok', '{}'::jsonb, p_id);
END $$;
