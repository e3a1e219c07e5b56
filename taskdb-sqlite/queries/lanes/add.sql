-- purpose: move the counters of a lane, making it when it is new
-- params: ?1 ns, ?2 job, ?3 stream, ?4 priority, ?5 stopped, ?6 pending, ?7 ready, ?8 running, ?9 done, ?10 failed, ?11 cancelled
-- cost: one row
INSERT INTO lanes (
    ns, job, stream, priority, stopped, pending, ready, running, done, failed, cancelled
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
ON CONFLICT (ns, job, stream) DO UPDATE
SET pending = pending + ?6, ready = ready + ?7, running = running + ?8,
    done = done + ?9, failed = failed + ?10, cancelled = cancelled + ?11
