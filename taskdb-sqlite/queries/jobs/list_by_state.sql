-- purpose: jobs in one state by age
-- params: ?1 ns, ?2 after, ?3 limit, ?4 state
-- cost: the rows returned, a lookup each
SELECT job, id, user_id, state, error, priority, key, key_expires_at, next_task, tasks, unresolved, open,
    hard, created_at, started_at, updated_at, keep, name, labels
FROM jobs INDEXED BY jobs_by_state
WHERE ns = ?1 AND state = ?4 AND job > ?2 ORDER BY job LIMIT ?3
