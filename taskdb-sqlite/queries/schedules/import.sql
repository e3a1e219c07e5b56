-- purpose: write a schedule as another store had it, unless there is one of its name
-- params: ?1 ns, ?2 name, ?3 body, ?4 revision, ?5 next tick, ?6 last fired
-- cost: one row
INSERT INTO schedules (ns, name, body, revision, next_at, fired_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (ns, name) DO NOTHING
