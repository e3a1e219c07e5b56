-- purpose: move the counters of a stream, and with them its place in the scheduling indexes
-- params: ?1 ns, ?2 stream, ?3 pending, ?4..?6 ready by class, ?7 running
-- cost: one row
UPDATE streams
SET pending = pending + ?3,
    ready_high = ready_high + ?4, ready_medium = ready_medium + ?5, ready_low = ready_low + ?6,
    running = running + ?7
WHERE ns = ?1 AND stream = ?2
