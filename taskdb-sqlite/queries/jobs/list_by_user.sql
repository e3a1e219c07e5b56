-- purpose: jobs of one user by age, merged from the four states that the index keeps apart
-- params: ?1 ns, ?2 after, ?3 limit, ?4 user
-- cost: the rows returned, a lookup each
WITH ages AS (
    SELECT job FROM jobs INDEXED BY jobs_by_owner
    WHERE ns = ?1 AND user_id = ?4 AND state = 0 /* job running */ AND job > ?2
    UNION ALL
    SELECT job FROM jobs INDEXED BY jobs_by_owner
    WHERE ns = ?1 AND user_id = ?4 AND state = 1 /* job done */ AND job > ?2
    UNION ALL
    SELECT job FROM jobs INDEXED BY jobs_by_owner
    WHERE ns = ?1 AND user_id = ?4 AND state = 2 /* job failed */ AND job > ?2
    UNION ALL
    SELECT job FROM jobs INDEXED BY jobs_by_owner
    WHERE ns = ?1 AND user_id = ?4 AND state = 3 /* job cancelled */ AND job > ?2
    ORDER BY job LIMIT ?3
)
SELECT job, id, user_id, state, error, priority, key, key_expires_at, next_task, tasks, unresolved, open,
    hard, created_at, started_at, updated_at, keep, name, labels
FROM jobs WHERE ns = ?1 AND job IN (SELECT job FROM ages) ORDER BY job
