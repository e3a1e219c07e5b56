-- purpose: a page of schedules by name, those only whose tick has come if asked
-- params: $1 after this name, $2 limit, $3 whether only those that are due, $4 the clock or null
-- cost: the rows passed
SELECT name, body, revision, next_at, fired_at FROM ns.schedules
WHERE name > $1
    AND (NOT $3 OR next_at <= coalesce($4::bigint, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint))
ORDER BY name LIMIT $2
