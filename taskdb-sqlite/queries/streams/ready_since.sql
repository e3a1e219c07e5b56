-- purpose: since when the first in line of a stream and class has been ready
-- params: ?1 ns, ?2 stream, ?3 priority
-- cost: two index entries and a row
SELECT updated_at FROM tasks INDEXED BY tasks_active
WHERE ns = ?1 AND stream = ?2 AND state = 1 /* ready */
    AND state IN (1 /* ready */, 2 /* running */) AND job = (
    SELECT job FROM lanes INDEXED BY lanes_claimable
    WHERE ns = ?1 AND stream = ?2 AND priority = ?3 AND ready > 0 AND stopped = 0
    ORDER BY job LIMIT 1
)
ORDER BY task LIMIT 1
