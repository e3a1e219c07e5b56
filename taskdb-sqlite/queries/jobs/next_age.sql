-- purpose: the age that the next job will get
-- params: ?1 ns
-- cost: one lookup
SELECT next_job FROM namespaces WHERE ns = ?1
