-- purpose: take in the jobs of an export
-- params: p_records; p_errors by the place of a record
-- cost: one row each, and what deleted jobs have left
CREATE FUNCTION import_jobs_HASH(p_records record_in[], p_errors bytea[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_job bigint;
BEGIN
    PERFORM refuse_HASH(jsonb_build_array('job_age', r.job_id))
    FROM (
        SELECT age, job_id, job_id::text > min(job_id::text) OVER (PARTITION BY age) AS is_twin
        FROM unnest(p_records) AS n
        WHERE kind = 'job' AND NOT EXISTS (SELECT 1 FROM jobs AS k WHERE k.id = n.job_id)
    ) AS r LEFT JOIN jobs AS j ON j.job = r.age
    WHERE is_twin OR j.job IS NOT NULL;
    -- What a deleted job of the same age has left must not be taken for its own.
    FOR v_job IN SELECT job FROM trash WHERE job IN (SELECT age FROM unnest(p_records) WHERE kind = 'job') LOOP
        DELETE FROM tasks WHERE job = v_job;
        DELETE FROM definitions WHERE job = v_job;
        DELETE FROM outputs WHERE job = v_job;
        DELETE FROM edges WHERE job = v_job;
        DELETE FROM trash WHERE job = v_job;
    END LOOP;
    INSERT INTO jobs (
        job, id, user_id, state, error, priority, key, key_expires_at, created_at, started_at, updated_at, keep, name,
        labels
    )
    SELECT r.age, r.job_id, r.user_id, r.own_state, p_errors[r.place], r.class, r.key, r.ends, r.created_at,
        r.started_at, r.updated_at, coalesce(r.keep, false), r.job_name, r.labels
    FROM unnest(p_records) AS r WHERE r.kind = 'job'
    ON CONFLICT (id) DO NOTHING;
    PERFORM reserve_jobs_HASH();
END $$;
