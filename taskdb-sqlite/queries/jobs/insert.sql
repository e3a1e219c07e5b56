-- purpose: make a job
-- params: ?1 ns, ?2 job, ?3 id, ?4 user, ?5 state, ?6 error, ?7 priority, ?8 key, ?9 its end, ?10 created, ?11 started, ?12 updated, ?13 keep, ?14 name, ?15 labels
-- cost: one row
INSERT INTO jobs (
    ns, job, id, user_id, state, error, priority, key, key_expires_at, created_at, started_at, updated_at,
    keep, name, labels
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
