-- purpose: what tasks wait for, of those that wait for something, in the order of their names as read before
-- params: $1 the ids of the jobs
-- cost: the tasks of the jobs
SELECT t.job_id, t.task_id, t.prerequisites::text AS prerequisites
FROM public.tasks AS t
WHERE t.job_id = ANY ($1) AND t.prerequisites <> '[]'
ORDER BY t.job_id, t.created_at, t.task_id COLLATE "C"
