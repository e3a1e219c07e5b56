-- purpose: a page of the claims that hold
-- params: $1 worker or null, $2 worker type or null, $3 claim id to go on after or null, $4 limit
-- cost: the claims passed, four lookups each
SELECT j.id AS job_id, d.name, t.claim_id, t.attempt, t.worker_id, s.id AS stream_id, s.worker_type, t.progress,
    t.started_at, t.deadline
FROM ns.tasks AS t
JOIN ns.jobs AS j ON j.job = t.job
JOIN ns.definitions AS d ON d.job = t.job AND d.task = t.task
JOIN ns.streams AS s ON s.stream = t.stream
WHERE t.state = 2 /* running */ AND ($3::uuid IS NULL OR t.claim_id > $3)
    AND ($1::text IS NULL OR t.worker_id = $1) AND ($2::text IS NULL OR s.worker_type = $2)
ORDER BY t.claim_id LIMIT $4
