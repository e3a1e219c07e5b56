-- Writes, then fails as ARGV says.
-- KEYS: 1 a string
-- ARGV: 1 `raise` for an error of Lua, else the error to reply with
-- returns an error
redis.call('SET', KEYS[1], 1)
if ARGV[1] == 'raise' then
  return nil .. 'x'
end
return redis.error_reply(ARGV[1])
