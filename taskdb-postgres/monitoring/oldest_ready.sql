-- purpose: by stream, for how many seconds the first in line of some job has been ready, at the most
-- params: none; `taskdb` is the namespace
-- cost: one task for each job and stream with ready work
SELECT s.id AS stream_id, s.user_id, s.worker_type,
    extract(epoch FROM now())::double precision - min(t.updated_at) / 1e6::double precision AS seconds
FROM taskdb.streams AS s
JOIN taskdb.lanes AS l ON l.stream = s.stream AND l.claimable
CROSS JOIN LATERAL (
    SELECT updated_at FROM taskdb.tasks
    WHERE job = l.job AND stream = l.stream AND state = 1 /* ready */
    ORDER BY task LIMIT 1
) AS t
WHERE NOT s.deleted
GROUP BY s.stream
ORDER BY seconds DESC;
