-- purpose: write a schedule that is new or says something else
-- params: ?1 ns, ?2 name, ?3 body, ?4 next tick
-- cost: one row
INSERT INTO schedules (ns, name, body, revision, next_at) VALUES (?1, ?2, ?3, 1, ?4)
ON CONFLICT (ns, name)
DO UPDATE SET body = excluded.body, revision = revision + 1, next_at = excluded.next_at
WHERE body <> excluded.body
