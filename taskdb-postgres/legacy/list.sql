-- purpose: all jobs, the oldest first, those without tasks last, with the number of their tasks
-- params: $1 the zone; JOB_CREATED is put in
-- cost: reads all tasks once
SELECT j.id, coalesce(t.tasks, 0) AS tasks, (extract(epoch FROM t.created AT TIME ZONE $1) * 1000000)::bigint AS created
FROM public.jobs AS j
LEFT JOIN (
    SELECT job_id, count(*) AS tasks, least(min(created_at), min(JOB_CREATED)) AS created
    FROM public.tasks GROUP BY job_id
) AS t ON t.job_id = j.id
ORDER BY t.created NULLS LAST, j.id
