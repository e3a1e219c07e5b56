-- Schedules by name.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
--
-- A schedule is the hash `schedule:NAME`. Times and revisions stay the text they came as, so
-- that comparing them is exact.
local function schedule_key(name)
  return P .. 'schedule:' .. name
end

-- Its next tick; it rests when that is empty.
local function set_tick(name, tick)
  if tick == '' then
    call('HDEL', schedule_key(name), 'next_at')
    call('ZREM', P .. 'schedules_by_tick', name)
  else
    call('HSET', schedule_key(name), 'next_at', tick)
    call('ZADD', P .. 'schedules_by_tick', tick, name)
  end
end

local function write_schedule(name, body, revision, tick)
  call('HSET', schedule_key(name), 'body', body, 'revision', revision)
  call('ZADD', P .. 'schedules', 0, name)
  set_tick(name, tick)
end
