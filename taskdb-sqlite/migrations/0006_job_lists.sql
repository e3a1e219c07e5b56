-- purpose: lists of jobs by user and state, in order of age; what they replace goes, so that a job costs no more indexes
-- params: none
-- cost: once per file, the jobs it holds
CREATE INDEX jobs_by_owner ON jobs (ns, user_id, state, job);
CREATE INDEX jobs_by_state ON jobs (ns, state, job);
DROP INDEX jobs_running;
DROP INDEX jobs_done;
