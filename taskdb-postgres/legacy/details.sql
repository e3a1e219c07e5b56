-- purpose: everything else about tasks, in the order asked for
-- params: $1 their jobs, $2 their names, $3 the zone
-- cost: one row each
SELECT t.stream_id, t.task_def::text AS definition, t.output::text AS output, t.error, t.progress, t.retries,
    t.max_retries, t.timeout_secs,
    (extract(epoch FROM t.created_at AT TIME ZONE $3) * 1000000)::bigint AS created,
    (extract(epoch FROM t.started_at AT TIME ZONE $3) * 1000000)::bigint AS started,
    (extract(epoch FROM t.updated_at AT TIME ZONE $3) * 1000000)::bigint AS updated
FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS w (job_id, task_id, place)
JOIN public.tasks AS t ON t.job_id = w.job_id AND t.task_id = w.task_id
ORDER BY w.place
