-- purpose: hide a stream; tasks that ended may still name it
-- params: ?1 ns, ?2 stream
-- cost: one row
UPDATE streams SET deleted = 1 WHERE ns = ?1 AND stream = ?2
