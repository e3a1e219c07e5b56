-- The reference completion: what the server could do at best with eight commands.
-- KEYS: 1 settings, 2 streams by share, 3 jobs with ready work, 4 lane, 5 job, 6 claims,
--   7 deadlines, 8 counters of the stream
-- ARGV: 1 name of the task, which is the claim's too; 2 record
-- returns: 1
local call, name = redis.call, ARGV[1]
call('HMGET', KEYS[1], 'gate', 'delayed', 'releasing')
call('HMGET', KEYS[5], 'h', 'n' .. name)
call('HGET', KEYS[5], 't' .. name)
call('HDEL', KEYS[6], name)
call('ZREM', KEYS[7], name)
call('ZREM', KEYS[4], name)
call('HSET', KEYS[5], 't' .. name, ARGV[2], 'h', ARGV[2], 'o' .. name, ARGV[2])
call('HSET', KEYS[8], 'medium', ARGV[2])
return 1
