-- purpose: remove edges of deleted tasks
-- params: ?1 ns, ?2 job, ?3 last task
-- cost: the rows removed
DELETE FROM edges WHERE ns = ?1 AND job = ?2 AND pre <= ?3
