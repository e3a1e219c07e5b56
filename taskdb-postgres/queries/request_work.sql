-- purpose: claim work
-- params: as the function of the verb, and behind them the stamp of the call
-- cost: as the function of the verb
SELECT $7::bigint AS stamp, place, header::text, job_id, class, stream_id, name, attempt, definition,
    prerequisites, max_retries, retries, timeout_secs, deadline
FROM ns.request_work_HASH($1, $2, $3, $4, $5, $6)
