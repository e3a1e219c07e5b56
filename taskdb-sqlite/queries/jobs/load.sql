-- purpose: a job by its age
-- params: ?1 ns, ?2 job
-- cost: one lookup
SELECT job, id, user_id, state, error, priority, key, key_expires_at, next_task, tasks, unresolved, open,
    hard, created_at, started_at, updated_at, keep, name, labels
FROM jobs WHERE ns = ?1 AND job = ?2
