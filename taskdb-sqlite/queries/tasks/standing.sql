-- purpose: what a new dependant needs to know of a prerequisite
-- params: ?1 ns, ?2 job, ?3 name
-- cost: one lookup
SELECT task, state, tolerated FROM tasks WHERE ns = ?1 AND job = ?2 AND name = ?3
