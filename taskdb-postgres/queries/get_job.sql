-- purpose: a job by its id
-- params: $1 id
-- cost: one row
SELECT job, id, user_id, state, error, priority, key, key_expires_at, tasks, unresolved, open, created_at,
    started_at, updated_at, keep, name, labels, false AS releasing
FROM ns.jobs WHERE id = $1
