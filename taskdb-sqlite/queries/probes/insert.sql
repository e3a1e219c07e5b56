-- purpose: write something
-- params: ?1 ns, ?2 now
-- cost: one row
INSERT INTO probes (ns, written_at) VALUES (?1, ?2)
