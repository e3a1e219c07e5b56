-- purpose: set the gate of a namespace
-- params: ?1 ns, ?2 gate
-- cost: one row
UPDATE namespaces SET gate = ?2 WHERE ns = ?1
