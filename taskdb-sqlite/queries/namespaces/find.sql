-- purpose: the number of a namespace
-- params: ?1 name
-- cost: one lookup
SELECT ns FROM namespaces WHERE name = ?1
