-- purpose: a page of the claims that hold
-- params: ?1 ns, ?2 after this claim id, ?3 worker, ?4 worker type (null: any), ?5 limit
-- cost: the claims passed, three lookups each
SELECT jobs.id, tasks.name, tasks.claim_id, tasks.attempt, tasks.worker_id, streams.id,
    streams.worker_type, tasks.progress, tasks.started_at, tasks.deadline
FROM tasks INDEXED BY tasks_claimed
JOIN jobs ON jobs.ns = tasks.ns AND jobs.job = tasks.job
JOIN streams ON streams.ns = tasks.ns AND streams.stream = tasks.stream
WHERE tasks.ns = ?1 AND tasks.state = 2 /* running */ AND tasks.claim_id > ?2
    AND (?3 IS NULL OR tasks.worker_id = ?3) AND (?4 IS NULL OR streams.worker_type = ?4)
ORDER BY tasks.claim_id LIMIT ?5
