-- purpose: pending tasks that no prerequisite and no start time holds back
-- params: none
-- cost: the pending tasks of running jobs with their prerequisites
SELECT j.id AS job_id, own.name, s.worker_type, t.waiting_on, x.deps::integer AS deps, x.settled::integer AS settled
FROM ns.jobs AS j
JOIN ns.tasks AS t ON t.job = j.job AND t.state = 0 /* pending */ AND t.start_at IS NULL
JOIN ns.definitions AS own ON own.job = t.job AND own.task = t.task
JOIN ns.streams AS s ON s.stream = t.stream
CROSS JOIN LATERAL (
    SELECT count(*) AS deps,
        count(*) FILTER (WHERE p.state = 3 /* done */ OR (t.run_if = 1 AND p.tolerated)) AS settled
    FROM unnest(own.prerequisites) AS wanted (name)
    LEFT JOIN ns.definitions AS d ON d.job = t.job AND d.name = wanted.name
    LEFT JOIN ns.tasks AS p ON p.job = d.job AND p.task = d.task
) AS x
WHERE j.state = 0 /* job running */ AND x.settled = x.deps
    AND NOT EXISTS (SELECT 1 FROM ns.releases AS r WHERE r.job = t.job)
ORDER BY t.job, t.task
