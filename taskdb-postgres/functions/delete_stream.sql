-- purpose: remove a stream none of whose tasks can still change
-- params: p_id
-- cost: one row; keeps other changes out meanwhile
CREATE FUNCTION delete_stream_HASH(p_id uuid) RETURNS jsonb LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_gate smallint := enter_HASH(true);
    v_stream bigint;
BEGIN
    IF v_gate = 2 THEN
        RETURN jsonb_build_array('closed', v_gate);
    END IF;
    SELECT stream INTO v_stream FROM streams WHERE id = p_id AND NOT deleted;
    IF NOT FOUND THEN
        RETURN '["ok", {}]';
    END IF;
    IF EXISTS (
        SELECT 1 FROM lanes WHERE stream = v_stream AND (running > 0 OR NOT stopped AND pending + ready > 0)
    ) THEN
        RETURN '["unfinished"]';
    END IF;
    UPDATE streams SET deleted = true WHERE stream = v_stream;
    RETURN '["ok", {}]';
END $$;
