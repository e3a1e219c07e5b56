-- purpose: set the gate of a namespace, and its mark
-- params: ?1 ns, ?2 gate, ?3 mark or null
-- cost: one row
UPDATE namespaces SET gate = ?2, mark = ?3 WHERE ns = ?1
