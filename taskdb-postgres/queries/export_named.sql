-- purpose: the jobs of some ids, for an export
-- params: $1 ids
-- cost: the ids
SELECT job, id, user_id, state, error, priority, key, key_expires_at, tasks, unresolved, open, created_at,
    started_at, updated_at, keep, name, labels,
    EXISTS (SELECT 1 FROM ns.releases AS r WHERE r.job = jobs.job) AS releasing
FROM ns.jobs WHERE id = ANY ($1::uuid[])
