-- purpose: a job by its id
-- params: ?1 ns, ?2 id
-- cost: one lookup
SELECT job, id, user_id, state, error, priority, key, key_expires_at, next_task, tasks, unresolved, open,
    hard, created_at, started_at, updated_at, keep, name, labels
FROM jobs WHERE ns = ?1 AND id = ?2
