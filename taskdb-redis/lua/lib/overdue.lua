-- Failing tasks that nobody has started in time.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
local OVERDUE = 100

-- In a stopped job the time passes without effect.
local function fail_late(j, age)
  call('ZREM', j.key .. ':starting', pack('>I4', age))
  local t = get_task(j, age)
  -- A damaged entry must not stop the others.
  if not t or t.state > READY or t.attempt > 0 then return end
  if j.state == JOB_RUNNING then
    terminate(j, t, FAILED, 'expired', BY_NONE)
    close_if_over(j)
  else
    void_start(j, age)
    j.changed = true
  end
end

-- Takes those whose time has come, earliest first, ties by age, at most a hundred.
local function fail_overdue()
  if not starting or tonumber(starting) > now then return end
  for _ = 1, OVERDUE do
    local first = call('ZRANGE', P .. 'starting', 0, 0, 'WITHSCORES')
    if not first[1] or tonumber(first[2]) > now then return end
    local number = unpack_from('>I6', first[1])
    local j = numbered_job(number)
    if j then
      local place = call('ZRANGE', j.key .. ':starting', 0, 0, 'WITHSCORES')
      if place[1] and tonumber(place[2]) <= now then fail_late(j, (unpack_from('>I4', place[1]))) end
      rank_start(j)
    else
      list_start(number, nil)
    end
  end
end
