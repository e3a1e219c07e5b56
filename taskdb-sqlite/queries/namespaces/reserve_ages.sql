-- purpose: keep new ages above imported ones
-- params: ?1 ns, ?2 age of a stream or -1, ?3 age of a job or -1
-- cost: one row
UPDATE namespaces
SET next_stream = max(next_stream, ?2 + 1), next_job = max(next_job, ?3 + 1)
WHERE ns = ?1
