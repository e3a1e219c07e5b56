-- purpose: a page of schedules, those only whose tick has come if asked
-- params: ?1 ns, ?2 after this name, ?3 tick at the latest (null: any), ?4 limit
-- cost: the rows passed
SELECT name, body, revision, next_at, fired_at FROM schedules
WHERE ns = ?1 AND name > ?2 AND (?3 IS NULL OR next_at <= ?3)
ORDER BY name LIMIT ?4
