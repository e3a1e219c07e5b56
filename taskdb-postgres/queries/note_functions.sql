-- purpose: note that a set of functions is installed
-- params: $1 its hash
-- cost: one row
INSERT INTO ns.function_sets (hash) VALUES ($1) ON CONFLICT (hash) DO NOTHING
