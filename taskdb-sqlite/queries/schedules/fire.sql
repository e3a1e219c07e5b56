-- purpose: move a schedule on, if it has this revision and this tick, which has come
-- params: ?1 ns, ?2 name, ?3 revision, ?4 tick, ?5 next tick, ?6 whether a job is made, ?7 now
-- cost: one row
UPDATE schedules SET next_at = ?5, fired_at = iif(?6, ?4, fired_at)
WHERE ns = ?1 AND name = ?2 AND revision = ?3 AND next_at = ?4 AND next_at <= ?7
