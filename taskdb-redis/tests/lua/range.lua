-- Reads a list.
-- KEYS: 1 the list
-- ARGV: none
-- returns its values
return redis.call('LRANGE', KEYS[1], 0, -1)
