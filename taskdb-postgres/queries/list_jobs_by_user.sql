-- purpose: jobs of one user by age, merged from the states that the index keeps apart
-- params: $1 after, $2 limit, $3 states, $4 user, $5 name, $6 labels as a JSON object; null for any
-- cost: as many rows as returned for each state; with a name or labels, the rows passed over too
SELECT j.job, j.id, j.user_id, j.state, j.error, j.priority, j.key, j.key_expires_at, j.tasks, j.unresolved,
    j.open, j.created_at, j.started_at, j.updated_at, j.keep, j.name, j.labels, false AS releasing
FROM unnest($3::smallint[]) AS wanted (state) CROSS JOIN LATERAL (
    SELECT * FROM ns.jobs
    WHERE user_id = $4 AND jobs.state = wanted.state AND job > $1
        AND ($5::text IS NULL OR name = $5) AND ($6::text IS NULL OR labels::jsonb @> $6::jsonb)
    ORDER BY job LIMIT $2
) AS j
ORDER BY j.job LIMIT $2
