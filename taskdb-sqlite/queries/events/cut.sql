-- purpose: remove events before a number, and those before a time that nothing newer stands before
-- params: ?1 ns, ?2 event, ?3 time, ?4 limit
-- cost: the rows removed
DELETE FROM events WHERE ns = ?1 AND event < coalesce((
    SELECT min(o.event) FROM (
        SELECT event, at FROM events WHERE ns = ?1 ORDER BY event LIMIT ?4
    ) AS o
    WHERE o.event >= ?2 AND o.at >= ?3
), (
    SELECT max(o.event) + 1 FROM (
        SELECT event FROM events WHERE ns = ?1 ORDER BY event LIMIT ?4
    ) AS o
))
