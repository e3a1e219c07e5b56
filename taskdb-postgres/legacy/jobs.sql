-- purpose: jobs, in the order asked for, with the times of their tasks and the first failure
-- params: $1 their ids, $2 the zone; JOB_CREATED is put in
-- cost: the tasks of the jobs
SELECT j.id, j.state::text AS state, j.error, j.user_id, t.failure,
    (extract(epoch FROM t.created AT TIME ZONE $2) * 1000000)::bigint AS created,
    (extract(epoch FROM t.started AT TIME ZONE $2) * 1000000)::bigint AS started,
    (extract(epoch FROM t.updated AT TIME ZONE $2) * 1000000)::bigint AS updated
FROM unnest($1::uuid[]) WITH ORDINALITY AS w (id, place)
JOIN public.jobs AS j ON j.id = w.id
LEFT JOIN LATERAL (
    SELECT least(min(created_at), min(JOB_CREATED)) AS created, min(started_at) AS started,
        greatest(max(created_at), max(started_at), max(updated_at)) AS updated,
        (array_agg(error ORDER BY updated_at, task_id) FILTER (WHERE state::text = 'failed'))[1] AS failure
    FROM public.tasks WHERE job_id = j.id
) AS t ON true
ORDER BY w.place
