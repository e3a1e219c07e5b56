-- purpose: the order in which streams are served, one index a class; listing follows from the counters
-- params: none
-- cost: once per file
CREATE INDEX streams_high ON streams (ns, worker_type, share, reserved DESC, stream)
    WHERE ready_high > 0 AND paused = 0;
CREATE INDEX streams_medium ON streams (ns, worker_type, share, reserved DESC, stream)
    WHERE ready_medium > 0 AND paused = 0;
CREATE INDEX streams_low ON streams (ns, worker_type, share, reserved DESC, stream)
    WHERE ready_low > 0 AND paused = 0;
