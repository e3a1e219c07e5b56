-- Notes that a worker lives, and forgets some whose time has passed.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 worker id; 3 what it says of itself; 4 microseconds it counts as alive, or 0
-- returns: {'ok'} or {'closed', gate}
if not may_change then return { 'closed', gate } end

local name, ttl, ends = ARGV[2], tonumber(ARGV[4]), P .. 'workers_by_end'
for _, gone in ipairs(call('ZRANGEBYSCORE', ends, '-inf', whole(now), 'LIMIT', 0, 100)) do
  forget_worker(gone)
end
if ttl == 0 then
  forget_worker(name)
else
  call('HSET', worker_key(name), 'about', ARGV[3], 'seen_at', whole(now), 'expires_at',
    whole(now + ttl))
  call('ZADD', P .. 'workers', 0, name)
  call('ZADD', ends, whole(now + ttl), name)
end
return { 'ok' }
