-- Appends a value to a list unless it was put there before.
-- KEYS: 1 the list
-- ARGV: 1 the value
-- returns 1 if it was appended, else 0
if redis.call('SADD', KEYS[1] .. ':seen', ARGV[1]) == 0 then
  return 0
end
redis.call('RPUSH', KEYS[1], ARGV[1])
return 1
