-- purpose: edges stored more than once, and those that the tasks themselves do not name
-- params: $1 the most examples of each kind
-- cost: reads all tasks and edges once
WITH stored AS (
    SELECT job_id, post_task_id, pre_task_id, count(*) AS times FROM public.task_deps GROUP BY 1, 2, 3
), odd AS (
    SELECT s.*, NOT coalesce(t.prerequisites ? s.pre_task_id, false) AS unnamed
    FROM stored AS s LEFT JOIN public.tasks AS t ON t.job_id = s.job_id AND t.task_id = s.post_task_id
)
SELECT unnamed, count(*) OVER (PARTITION BY unnamed) AS total, job_id, post_task_id, pre_task_id
FROM (
    SELECT *, row_number() OVER (PARTITION BY unnamed ORDER BY job_id, post_task_id, pre_task_id) AS place
    FROM odd WHERE unnamed OR times > 1
) AS numbered
ORDER BY unnamed, place LIMIT 2 * $1
