-- purpose: say what the event log takes and its bounds
-- params: ?1 ns, ?2 level, ?3 age, ?4 count
-- cost: one row
UPDATE namespaces SET event_level = ?2, event_age = ?3, event_count = ?4 WHERE ns = ?1
