-- purpose: tasks of a job whose count of prerequisites is wrong
-- params: ?1 ns, ?2 job
-- cost: the tasks of the job with their prerequisites
WITH truth AS (
    SELECT t.task, t.waiting_on, (
        SELECT count(DISTINCT e.value) FROM json_each(d.prerequisites) AS e
        LEFT JOIN tasks AS p ON p.ns = t.ns AND p.job = t.job AND p.name = e.value
        WHERE NOT (p.state IS 3 /* done */ OR (t.run_if = 1 AND p.tolerated IS 1))
    ) AS open
    FROM tasks AS t
    JOIN definitions AS d ON d.ns = t.ns AND d.job = t.job AND d.task = t.task
    WHERE t.ns = ?1 AND t.job = ?2
)
SELECT task, waiting_on - open FROM truth WHERE waiting_on <> open
