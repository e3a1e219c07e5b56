-- purpose: a page of the workers that live, by name
-- params: $1 after this name, $2 limit, $3 the clock or null
-- cost: the rows passed
SELECT worker_id, about, seen_at, expires_at FROM ns.workers
WHERE worker_id > $1
    AND expires_at > coalesce($3::bigint, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
ORDER BY worker_id LIMIT $2
