-- Appends a value to a list, each time it is asked to.
-- KEYS: 1 the list
-- ARGV: 1 the value
-- returns the length of the list
return redis.call('RPUSH', KEYS[1], ARGV[1])
