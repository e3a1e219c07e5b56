-- purpose: jobs by age
-- params: $1 after, $2 limit, $3 state or null
-- cost: the rows returned
SELECT job, id, user_id, state, error, priority, key, key_expires_at, tasks, unresolved, open, created_at,
    started_at, updated_at, keep, false AS releasing
FROM ns.jobs WHERE job > $1 AND ($3::smallint IS NULL OR state = $3) ORDER BY job LIMIT $2
