#!lua
-- Appends a value to a list, unless it ends with it already when asked to look.
-- KEYS: 1 the list
-- ARGV: 1 the value
-- returns the length of the list
return redis.call('RPUSH', KEYS[1], ARGV[1])
