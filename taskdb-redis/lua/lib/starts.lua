-- Tasks that have to be started by some time, and have not been.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
--
-- `job:ID:starting` orders those of a job by that time, ties by age; `starting` orders the
-- numbers of jobs by the first of each. The first time of all stands beside the gate, so that
-- one read tells that none is due, as mostly.
local function await_start(j, age, time)
  call('ZADD', j.key .. ':starting', whole(time), pack('>I4', age))
  starting, j.starts, j.changed = starting or whole(time), true, true
end

-- It was started, or has ended before.
local function forget_start(j, age)
  if call('ZREM', j.key .. ':starting', pack('>I4', age)) == 1 then j.starts = true end
end

local function list_start(number, first)
  if first then
    call('ZADD', P .. 'starting', first, pack('>I6', number))
  else
    call('ZREM', P .. 'starting', pack('>I6', number))
  end
  local earliest = call('ZRANGE', P .. 'starting', 0, 0, 'WITHSCORES')[2]
  if earliest then
    call('HSET', META, 'starting', earliest)
  else
    call('HDEL', META, 'starting')
  end
end

-- Lists a job by the first of its tasks.
local function rank_start(j)
  list_start(j.number, call('ZRANGE', j.key .. ':starting', 0, 0, 'WITHSCORES')[2])
  j.starts = false
end
