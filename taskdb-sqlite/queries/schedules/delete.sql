-- purpose: remove a schedule
-- params: ?1 ns, ?2 name
-- cost: one row
DELETE FROM schedules WHERE ns = ?1 AND name = ?2
