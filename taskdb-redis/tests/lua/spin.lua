-- Keeps the server busy until it is killed.
-- KEYS: 1 any
-- ARGV: none
-- returns never
while true do end
