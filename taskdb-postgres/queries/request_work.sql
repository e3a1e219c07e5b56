-- purpose: claim work
-- params: as the function of the verb
-- cost: as the function of the verb
SELECT place, header::text, job_id, class, stream_id, name, attempt, definition, prerequisites, max_retries,
    retries, timeout_secs, deadline
FROM ns.request_work_HASH($1, $2, $3, $4, $5, $6)
