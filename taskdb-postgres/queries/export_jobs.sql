-- purpose: jobs from an age on, for an export
-- params: $1 age, $2 limit
-- cost: the rows returned
SELECT job, id, user_id, state, error, priority, key, key_expires_at, tasks, unresolved, open, created_at,
    started_at, updated_at, keep, name, labels,
    EXISTS (SELECT 1 FROM ns.releases AS r WHERE r.job = jobs.job) AS releasing
FROM ns.jobs WHERE job >= $1 ORDER BY job LIMIT $2
