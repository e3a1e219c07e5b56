-- purpose: how often claims were taken away
-- params: ?1 ns
-- cost: one lookup
SELECT cuts FROM namespaces WHERE ns = ?1
