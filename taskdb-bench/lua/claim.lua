-- The reference claim: what the server could do at best with eight commands a claim.
-- KEYS: 1 settings, 2 streams by share, 3 jobs with ready work, 4 lane, 5 job, 6 claims,
--   7 deadlines, 8 counters of the stream
-- ARGV: 1 name of the task, which is the claim's too; 2 record
-- returns: the definition of the task
local call, name = redis.call, ARGV[1]
call('HMGET', KEYS[1], 'gate', 'delayed', 'releasing')
call('ZRANGE', KEYS[2], 0, 0)
call('ZRANGE', KEYS[3], 0, 0)
local task = call('HMGET', KEYS[5], 't' .. name, 'd' .. name)
call('HSETNX', KEYS[6], name, name)
call('ZADD', KEYS[7], 1000, name)
call('ZADD', KEYS[4], -1, name)
call('HSET', KEYS[5], 't' .. name, ARGV[2], 'h', ARGV[2])
return task[2]
