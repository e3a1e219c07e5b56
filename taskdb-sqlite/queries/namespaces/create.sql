-- purpose: make a namespace unless it exists
-- params: ?1 name
-- cost: one row
INSERT INTO namespaces (name) VALUES (?1) ON CONFLICT (name) DO NOTHING
