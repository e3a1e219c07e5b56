-- Telling dependants that a prerequisite has ended, in bounded steps.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing; `unfinished` tells that steps are left
--
-- The dependants of a task are the list `p<age>.<chunk>`, in the order of their age.
-- A release is a range of that list; what does not fit in a step is kept in the field
-- `r<age>` and in the set `releasing`. Tasks created meanwhile lie above the range: they
-- have seen the end of the prerequisite themselves.
local RELEASES = 500
local budget, unfinished = 500, false

-- The dependants from place `from` on, at most up to the end of their chunk.
local function dependants(j, t, from, upto)
  local chunk = math.floor(from / CHUNK)
  local field = 'p' .. whole(t.age) .. '.' .. whole(chunk)
  local raw = j.posts[field] or call('HGET', j.key, field)
  local ages, missing, fields = {}, {}, {}
  for place = from, math.min(upto, (chunk + 1) * CHUNK) - 1 do
    local age = unpack_from('<I4', raw, (place - chunk * CHUNK) * 4 + 1)
    ages[#ages + 1] = age
    if j.tasks[age] == nil then
      missing[#missing + 1], fields[#fields + 1] = age, 't' .. whole(age)
    end
  end
  if #fields > 0 then
    local records = call('HMGET', j.key, unpack(fields))
    for i, age in ipairs(missing) do j.tasks[age] = records[i] and parse_task(records[i], age) end
  end
  return ages
end

-- Makes a pending task ready, or lists it as delayed, when it waits for nothing.
local function start(j, t)
  if t.state ~= PENDING or t.waiting_on > 0 then return end
  if t.start_at and t.start_at > now then return delay(j, t) end
  if goes_on(j) then make_ready(j, t) end
end

local step
do
  local function tell_done(j, t)
    touch(j)
    t.waiting_on, t.changed = t.waiting_on - 1, true
    if t.state ~= PENDING or t.waiting_on > 0 then return end
    if goes_on(j) and (not t.start_at or t.start_at <= now) then
      make_ready(j, t)
    else
      delay(j, t)
    end
  end

  local function tell_tolerated(j, t, queue)
    if t.all_settled then
      t.waiting_on, t.changed, j.changed = t.waiting_on - 1, true, true
      start(j, t)
    elseif t.state < DONE then
      end_task(j, t, CANCELLED, true, 'cancelled', BY_NONE)
      queue[#queue + 1] = { job = j, task = t, from = 0, upto = t.posts }
    end
  end

  local function keep_release(r)
    local field, place = 'r' .. whole(r.task.age), place_of(r.job, r.task.age)
    if r.from < r.upto then
      call('ZADD', P .. 'releasing', 0, place)
      call('HSET', r.job.key, field, pack('<I4I4', r.from, r.upto))
      unfinished = true
    elseif r.kept then
      call('ZREM', P .. 'releasing', place)
      call('HDEL', r.job.key, field)
    else
      return
    end
    recount('releasing')
  end

  function step(queue)
    local at = 1
    while queue[at] do
      local r = queue[at]
      while r.from < r.upto and budget > 0 do
        local upto = math.min(r.upto, r.from + budget)
        local ages = dependants(r.job, r.task, r.from, upto)
        r.from, budget = r.from + #ages, budget - #ages
        for _, age in ipairs(ages) do
          local t = get_task(r.job, age)
          if r.task.state == DONE then tell_done(r.job, t) else tell_tolerated(r.job, t, queue) end
        end
      end
      keep_release(r)
      at = at + 1
    end
  end
end

settle = function(j, t)
  if t.posts > 0 then step({ { job = j, task = t, from = 0, upto = t.posts } }) end
end
