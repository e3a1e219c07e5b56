-- purpose: jobs by age
-- params: ?1 ns, ?2 after, ?3 limit
-- cost: the rows returned
SELECT job, id, user_id, state, error, priority, key, key_expires_at, next_task, tasks, unresolved, open,
    hard, created_at, started_at, updated_at, keep, name, labels
FROM jobs WHERE ns = ?1 AND job > ?2 ORDER BY job LIMIT ?3
