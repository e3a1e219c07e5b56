-- purpose: the gate of a namespace
-- params: ?1 ns
-- cost: one lookup
SELECT gate FROM namespaces WHERE ns = ?1
