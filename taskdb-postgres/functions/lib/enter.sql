-- purpose: hold the gate as it is until the end of the transaction, and read it, and what the event log takes
-- params: p_alone keeps every other change out meanwhile
-- cost: one row
CREATE FUNCTION enter_HASH(p_alone boolean) RETURNS smallint LANGUAGE plpgsql AS $$
DECLARE
    v_key bigint := hashtextextended(current_schema()::text, 1);
    v_gate smallint;
    v_level text;
BEGIN
    IF p_alone THEN
        PERFORM pg_advisory_xact_lock(v_key);
    ELSE
        PERFORM pg_advisory_xact_lock_shared(v_key);
    END IF;
    -- What a tool does that fills a closed namespace is no event.
    SELECT gate, set_config('taskdb.events', (CASE WHEN gate = 2 THEN 0 /* off */ ELSE event_level END)::text, true)
    INTO v_gate, v_level FROM meta;
    RETURN v_gate;
END $$;

CREATE FUNCTION moment_HASH(p_now bigint) RETURNS bigint LANGUAGE sql AS $$
    SELECT coalesce(p_now, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
$$;

-- The time of a change of a job: the clock, but never before its last change.
CREATE FUNCTION touch_HASH(p_job bigint, p_now bigint) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT greatest(p_now, updated_at) FROM jobs WHERE job = p_job);
END $$;

-- A time after another; null when there is none to add.
CREATE FUNCTION later_HASH(p_now bigint, p_by bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN p_by > 9223372036854775807 - p_now THEN 9223372036854775807 /* never */
        ELSE p_now + p_by
    END
$$;
