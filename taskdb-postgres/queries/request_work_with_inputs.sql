-- purpose: claim work, each task with what has become of its prerequisites
-- params: as the function of the verb; then how large that may be, for each claim id, null where it is not wanted;
--   and the stamp of the call
-- cost: as the function of the verb, and the prerequisites with their outputs
SELECT $8::bigint AS stamp, w.place, w.header::text, w.job_id, w.class, w.stream_id, w.name, w.attempt, w.definition,
    w.prerequisites, w.max_retries, w.retries, w.timeout_secs, w.deadline, i.job_state, i.states, i.outputs, i.errors
FROM ns.request_work_HASH($1, $2, $3, $4, $5, $6) AS w
-- The function is volatile: it sees what the claim saw, and not the older snapshot of this statement.
LEFT JOIN LATERAL ns.inputs_HASH(w.job_id, w.prerequisites, ($7::bigint[])[w.place]) AS i ON true
