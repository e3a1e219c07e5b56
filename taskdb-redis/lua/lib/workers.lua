-- Workers by name.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
local function worker_key(name)
  return P .. 'worker:' .. name
end

local function forget_worker(name)
  call('DEL', worker_key(name))
  call('ZREM', P .. 'workers', name)
  call('ZREM', P .. 'workers_by_end', name)
end
