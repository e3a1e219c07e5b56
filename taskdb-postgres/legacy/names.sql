-- purpose: the tasks of jobs by age: what they are called, how they stand, roughly how large they are
-- params: $1 the ids of the jobs
-- cost: the tasks of the jobs
SELECT t.job_id, t.task_id, t.state::text AS state, t.waiting_on,
    (pg_column_size(t.task_def) + coalesce(pg_column_size(t.output), 0))::integer AS size
FROM public.tasks AS t
WHERE t.job_id = ANY ($1)
ORDER BY t.job_id, t.created_at, t.task_id COLLATE "C"
