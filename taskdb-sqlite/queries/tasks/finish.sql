-- purpose: end a task; which call ended the claim before this one stays known
-- params: ?1 ns, ?2 job, ?3 task, ?4 state, ?5 tolerated, ?6 error, ?7 closing, ?8 time of the job
-- cost: one row
UPDATE tasks
SET state = ?4, tolerated = ?5, error = ?6, closing = iif(state = 2 /* running */, ?7, closing), lease = NULL, lease_end = NULL,
    work_deadline = NULL, deadline = NULL, updated_at = ?8
WHERE ns = ?1 AND job = ?2 AND task = ?3
