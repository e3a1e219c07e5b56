-- purpose: remove tasks of a deleted job
-- params: ?1 ns, ?2 job, ?3 limit
-- cost: the rows removed
DELETE FROM tasks WHERE ns = ?1 AND job = ?2 AND task IN (
    SELECT task FROM tasks WHERE ns = ?1 AND job = ?2 ORDER BY task LIMIT ?3
)
RETURNING task
