-- purpose: pending tasks that no prerequisite and no start time holds back
-- params: ?1 ns
-- cost: the pending tasks of running jobs with their prerequisites
WITH waits AS (
    SELECT j.id AS job_id, t.name, s.worker_type, t.waiting_on, t.start_at,
        (SELECT count(DISTINCT e.value) FROM json_each(d.prerequisites) AS e) AS deps,
        (
            SELECT count(DISTINCT p.task) FROM json_each(d.prerequisites) AS e
            JOIN tasks AS p INDEXED BY tasks_by_name ON p.ns = t.ns AND p.job = t.job AND p.name = e.value
            WHERE p.state = 3 /* done */ OR (t.run_if = 1 AND p.tolerated)
        ) AS settled
    FROM jobs AS j
    CROSS JOIN tasks AS t ON t.ns = j.ns AND t.job = j.job
    JOIN definitions AS d ON d.ns = t.ns AND d.job = t.job AND d.task = t.task
    JOIN streams AS s ON s.ns = t.ns AND s.stream = t.stream
    WHERE j.ns = ?1 AND j.state = 0 /* job running */ AND t.state = 0 /* pending */
        AND NOT EXISTS (SELECT 1 FROM releases AS r WHERE r.ns = t.ns AND r.job = t.job)
)
SELECT job_id, name, worker_type, waiting_on, deps, settled FROM waits
WHERE settled = deps AND start_at IS NULL
