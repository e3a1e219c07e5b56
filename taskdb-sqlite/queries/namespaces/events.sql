-- purpose: what the event log takes, its bounds, and the number of the next event
-- params: ?1 ns
-- cost: one lookup
SELECT event_level, event_age, event_count, next_event FROM namespaces WHERE ns = ?1
