-- purpose: forget what deleted streams have left where an incoming one goes, unless a task names them
-- params: ?1 ns, ?2 stream, ?3 id
-- cost: two rows, and the lanes for each that is deleted
DELETE FROM streams AS s
WHERE s.ns = ?1 AND (s.stream = ?2 OR s.id = ?3) AND s.deleted
    AND NOT EXISTS (SELECT 1 FROM lanes AS l WHERE l.ns = s.ns AND l.stream = s.stream)
RETURNING id
