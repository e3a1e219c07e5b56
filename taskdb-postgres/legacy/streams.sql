-- purpose: all streams, the first used first
-- params: none
-- cost: reads all tasks once
SELECT s.id, s.worker_type, s.user_id, s.reserved, s.be_mult::double precision AS be_mult
FROM public.streams AS s
LEFT JOIN (SELECT stream_id, min(created_at) AS used FROM public.tasks GROUP BY stream_id) AS u
    ON u.stream_id = s.id
ORDER BY u.used NULLS LAST, s.id
