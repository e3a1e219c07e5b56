-- purpose: what has become of the prerequisites of a task, in their order; the job alone when there is no such task
-- params: $1 job id, $2 name
-- cost: the prerequisites with their outputs
SELECT j.state AS job_state, own.task IS NOT NULL AS has_task, x.name, t.state, t.error, o.body AS output
FROM ns.jobs AS j
LEFT JOIN ns.definitions AS own ON own.job = j.job AND own.name = $2
LEFT JOIN LATERAL unnest(own.prerequisites) WITH ORDINALITY AS x (name, place) ON true
LEFT JOIN ns.definitions AS d ON d.job = j.job AND d.name = x.name
LEFT JOIN ns.tasks AS t ON t.job = d.job AND t.task = d.task
LEFT JOIN ns.outputs AS o ON o.job = d.job AND o.task = d.task
WHERE j.id = $1 ORDER BY x.place
