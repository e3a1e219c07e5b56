-- purpose: count the events that were written
-- params: ?1 ns, ?2 the next event
-- cost: one row
UPDATE namespaces SET next_event = ?2 WHERE ns = ?1
