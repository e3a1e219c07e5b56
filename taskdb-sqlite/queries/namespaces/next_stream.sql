-- purpose: the age of a new stream
-- params: ?1 ns
-- cost: one row
UPDATE namespaces SET next_stream = next_stream + 1 WHERE ns = ?1 RETURNING next_stream - 1
