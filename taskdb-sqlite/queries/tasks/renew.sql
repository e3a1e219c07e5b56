-- purpose: move the lease of a claim on
-- params: ?1 ns, ?2 job, ?3 task, ?4 lease, ?5 its end, ?6 deadline
-- cost: one row
UPDATE tasks SET lease = ?4, lease_end = ?5, deadline = ?6
WHERE ns = ?1 AND job = ?2 AND task = ?3
