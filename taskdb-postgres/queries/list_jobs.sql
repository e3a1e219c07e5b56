-- purpose: jobs by age
-- params: $1 after, $2 limit, $3 state, $4 name, $5 labels as a JSON object; null for any
-- cost: the rows returned; with a name or labels, the rows passed over too
SELECT job, id, user_id, state, error, priority, key, key_expires_at, tasks, unresolved, open, created_at,
    started_at, updated_at, keep, name, labels, false AS releasing
FROM ns.jobs
WHERE job > $1 AND ($3::smallint IS NULL OR state = $3)
    AND ($4::text IS NULL OR name = $4) AND ($5::text IS NULL OR labels::jsonb @> $5::jsonb)
ORDER BY job LIMIT $2
