-- purpose: tell the next dependants of a done task
-- params: ?1 ns, ?2 job, ?3 prerequisite, ?4 after, ?5 upto, ?6 limit, ?7 whether the job runs, ?8 clock, ?9 time of the job
-- cost: the dependants told
UPDATE tasks
SET waiting_on = waiting_on - 1,
    state = CASE
        WHEN state = 0 /* pending */ AND waiting_on = 1 AND ?7 AND (start_at IS NULL OR start_at <= ?8)
        THEN 1 /* ready */ ELSE state END,
    start_at = CASE
        WHEN state = 0 /* pending */ AND waiting_on = 1 AND ?7 AND start_at <= ?8
        THEN NULL ELSE start_at END,
    updated_at = CASE
        WHEN state = 0 /* pending */ AND waiting_on = 1 AND ?7 AND (start_at IS NULL OR start_at <= ?8)
        THEN ?9 ELSE updated_at END
WHERE ns = ?1 AND job = ?2 AND task IN (
    SELECT post FROM edges
    WHERE ns = ?1 AND job = ?2 AND pre = ?3 AND post > ?4 AND post < ?5
    ORDER BY post LIMIT ?6
)
RETURNING task, stream, state, waiting_on, start_at
