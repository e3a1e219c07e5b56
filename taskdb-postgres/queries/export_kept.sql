-- purpose: outputs kept beyond their jobs
-- params: $1 job id and $2 name after which to go on, $3 limit, $4 the clock or null
-- cost: the rows returned
SELECT job_id, name, body, expires_at FROM ns.kept_outputs
WHERE (job_id, name) > ($1, $2)
    AND expires_at > coalesce($4::bigint, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
ORDER BY job_id, name LIMIT $3
