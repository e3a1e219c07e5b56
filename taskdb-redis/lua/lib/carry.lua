-- Carries on what goes in steps: releases that were interrupted, due delayed tasks, walks.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
local PROMOTED, STEP = 100, 500

-- One step of what is left; a job that is gone has nothing left.
local function carry_on()
  if tonumber(releasing or 0) == 0 then return end
  local queue, seen = {}, {}
  for _, place in ipairs(call('ZRANGE', P .. 'releasing', 0, RELEASES - 1)) do
    local number, age = unpack_from('>I6I4', place)
    local j = numbered_job(number)
    local range = j and call('HGET', j.key, 'r' .. whole(age))
    if range then
      local from, upto = unpack_from('<I4I4', range)
      queue[#queue + 1] = { job = j, task = get_task(j, age), from = from, upto = upto, kept = true }
      seen[j.id] = j
    else
      call('ZREM', P .. 'releasing', place)
      recount('releasing')
    end
  end
  step(queue)
  for _, j in pairs(seen) do close_if_over(j) end
  unfinished = call('ZCARD', P .. 'releasing') > 0
end

-- In passing: the call that does so has other work and does not wait for the rest.
local function help()
  carry_on()
  unfinished = false
end

-- Makes delayed tasks ready whose time has come, earliest first, ties by age.
local function promote()
  if tonumber(delayed or 0) == 0 then return end
  local due = call('ZRANGEBYSCORE', P .. 'delayed', '-inf', whole(now), 'WITHSCORES', 'LIMIT', 0,
    PROMOTED)
  for at = 1, #due, 2 do
    local place, start_at = due[at], tonumber(due[at + 1])
    local number, age = unpack_from('>I6I4', place)
    local j = numbered_job(number)
    local t = j and get_task(j, age)
    if not t or delayed_until(t) ~= start_at then
      call('ZREM', P .. 'delayed', place)
    elseif goes_on(j) then
      make_ready(j, t)
    else
      -- A stopped job lists its delayed tasks again when it is replayed.
      forget_delay(j, t)
    end
  end
  if #due > 0 then recount('delayed') end
end

-- Visits tasks from an age on; the age to go on with, or nil when all were visited.
local function walk(j, from, visit)
  local upto = math.min(j.next, from + STEP)
  for age = from, upto - 1 do
    local t = get_task(j, age)
    if t then visit(j, t) end
  end
  return upto < j.next and upto or nil
end

-- Whether releases of the job are left; one step of them was done.
local function releases_left(j)
  local first, last = '[' .. place_of(j, 0), '[' .. place_of(j, 4294967295)
  if call('ZLEXCOUNT', P .. 'releasing', first, last) == 0 then return false end
  carry_on()
  return true
end
