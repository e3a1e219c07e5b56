-- purpose: the worker types that have streams
-- params: ?1 ns
-- cost: the streams
SELECT DISTINCT worker_type FROM streams WHERE ns = ?1 AND deleted = 0
