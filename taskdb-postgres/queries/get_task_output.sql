-- purpose: the output of a task, or one kept of a deleted job; what is there when there is none
-- params: $1 job id, $2 name, $3 the clock or null
-- cost: one row
SELECT j.job IS NOT NULL AS has_job, d.task IS NOT NULL AS has_task, coalesce(o.body, k.body) AS body
FROM (SELECT $1::uuid AS id) AS asked
LEFT JOIN ns.jobs AS j ON j.id = asked.id
LEFT JOIN ns.definitions AS d ON d.job = j.job AND d.name = $2
LEFT JOIN ns.outputs AS o ON o.job = d.job AND o.task = d.task
LEFT JOIN ns.kept_outputs AS k ON j.job IS NULL AND k.job_id = asked.id AND k.name = $2
    AND k.expires_at > coalesce($3::bigint, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
