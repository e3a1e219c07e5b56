-- purpose: change reservation, weight or pause of a stream
-- params: null leaves a setting as it is
-- cost: one row
CREATE FUNCTION update_stream_HASH(p_id uuid, p_reserved integer, p_be_mult double precision, p_paused boolean)
RETURNS jsonb LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_gate smallint := enter_HASH(false);
    v_stream bigint;
BEGIN
    IF v_gate = 2 THEN
        RETURN jsonb_build_array('closed', v_gate);
    END IF;
    UPDATE streams
    SET reserved = coalesce(p_reserved, reserved), be_mult = coalesce(p_be_mult, be_mult),
        paused = coalesce(p_paused, paused)
    WHERE id = p_id AND NOT deleted
    RETURNING stream INTO v_stream;
    IF NOT FOUND THEN
        RETURN '["no_stream"]';
    END IF;
    IF NOT p_paused THEN
        PERFORM wake_HASH(v_stream || ' 1000');
    END IF;
    RETURN jsonb_build_array('ok', woken_HASH());
END $$;
