-- purpose: write an event down
-- params: ?1 ns, ?2 event, ?3 at, ?4 kind, ?5 job, ?6 task, ?7 attempt, ?8 worker, ?9 detail
-- cost: one row
INSERT INTO events (ns, event, at, kind, job_id, task_id, attempt, worker_id, detail)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
