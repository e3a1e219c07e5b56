-- purpose: what the planner takes a job, a task and a name for, whatever jobs were like before
-- params: none
-- cost: once per namespace; it counts from the next ANALYZE on
-- Where every job has had one task, statistics say that a job is as good as a task, and the planner takes either
-- index of `definitions` for a task: by the wrong one it reads all tasks of the job. A job has many, then, and with
-- it a number or a name is one task.
ALTER TABLE definitions
    ALTER COLUMN job SET (n_distinct = -0.001), ALTER COLUMN task SET (n_distinct = -1),
    ALTER COLUMN name SET (n_distinct = -1);
