-- purpose: tell a dependant that one of its prerequisites is done
-- params: ?1 ns, ?2 job, ?3 dependant, ?4 whether the job runs, ?5 clock, ?6 time of the job
-- cost: one row
UPDATE tasks
SET waiting_on = waiting_on - 1,
    state = iif(
        state = 0 /* pending */ AND waiting_on = 1 AND ?4 AND (start_at IS NULL OR start_at <= ?5), 1 /* ready */, state
    ),
    start_at = iif(state = 0 /* pending */ AND waiting_on = 1 AND ?4 AND start_at <= ?5, NULL, start_at),
    updated_at = iif(
        state = 0 /* pending */ AND waiting_on = 1 AND ?4 AND (start_at IS NULL OR start_at <= ?5), ?6, updated_at
    )
WHERE ns = ?1 AND job = ?2 AND task = ?3
RETURNING stream, state, waiting_on, start_at
