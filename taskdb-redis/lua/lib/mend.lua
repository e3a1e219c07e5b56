-- Recomputing the counters and indexes of a job from its tasks.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing

-- How many prerequisites of a task have not settled; notes the task with each of them.
local function count_unsettled(j, t, posts)
  local unsettled = 0
  for _, name in ipairs(names_of(call('HGET', j.key, 'd' .. whole(t.age)) or '\0\0\0\0')) do
    local p = find_task(j, name)
    if not p or not (p.state == DONE or (t.all_settled and p.tolerated)) then
      unsettled = unsettled + 1
    end
    if p then
      local list = posts[p.age] or {}
      list[#list + 1], posts[p.age] = pack('<I4', t.age), list
    end
  end
  return unsettled
end

local function mend_posts(j, t, list)
  local packed = table.concat(list)
  for chunk = 0, math.ceil(#list / CHUNK) - 1 do
    local size = 4 * CHUNK
    j.posts['p' .. whole(t.age) .. '.' .. whole(chunk)] =
      string.sub(packed, chunk * size + 1, (chunk + 1) * size)
  end
  if t.posts ~= #list then t.posts, t.changed = #list, true end
end

-- Counts of prerequisites and lists of dependants, unless a release is under way; how many
-- tasks were wrong.
local function mend_edges(j)
  local first, last = '[' .. place_of(j, 0), '[' .. place_of(j, 4294967295)
  if call('ZLEXCOUNT', P .. 'releasing', first, last) > 0 then return 0 end
  local wrong, posts = 0, {}
  for age = 0, j.next - 1 do
    local t = get_task(j, age)
    if t then
      local unsettled = count_unsettled(j, t, posts)
      if t.waiting_on ~= unsettled then
        t.waiting_on, t.changed, wrong = unsettled, true, wrong + 1
      end
      if call('HSETNX', j.key, 'n' .. t.name, pack('<I4I6', age, t.stream)) == 1 then
        wrong = wrong + 1
      end
    end
  end
  for age, list in pairs(posts) do mend_posts(j, get_task(j, age), list) end
  return wrong
end

-- The place of a task in its lane and among the claims.
local function mend_place(j, t, lane)
  if t.state == READY then
    lane.moves[t.age] = t.age
  elseif t.state == RUNNING then
    lane.moves[t.age] = -t.age - 1
    hold_claim(j, t)
  elseif delayed_until(t) then
    lane.moves[t.age] = DELAYED - t.age
    call('ZADD', P .. 'delayed', whole(t.start_at), place_of(j, t.age))
  end
end

-- Counters of the job and its lanes, and their sets; whether anything was wrong.
local function mend_lanes(j)
  local truth, hard, delayed_tasks, open, undone, number = {}, 0, 0, 0, 0, 0
  for age = 0, j.next - 1 do
    local t = get_task(j, age)
    if t then
      local lane = truth[t.stream] or { 0, 0, 0, 0, 0, 0 }
      lane[t.state + 1], truth[t.stream], number = lane[t.state + 1] + 1, lane, number + 1
      if t.state < DONE then open = open + 1 end
      if t.state ~= DONE then undone = undone + 1 end
      if t.state >= FAILED and not t.tolerated then hard = hard + 1 end
      if delayed_until(t) then delayed_tasks = delayed_tasks + 1 end
    end
  end
  local wrong = j.count ~= number or j.open ~= open or j.unresolved ~= undone or j.hard ~= hard
  j.count, j.open, j.unresolved, j.hard, j.delayed = number, open, undone, hard, delayed_tasks
  for stream, counts in pairs(truth) do
    local lane = lane_of(j, stream)
    for state = 1, 6 do wrong = wrong or lane[state] ~= counts[state] end
    for state = 1, 6 do lane[state] = counts[state] end
    call('DEL', lane.key)
    lane.changed, lane.listed = true, false
    call('ZREM', ready_key(stream, j.class + 1), j.id)
  end
  for age = 0, j.next - 1 do
    local t = get_task(j, age)
    if t then mend_place(j, t, lane_of(j, t.stream)) end
  end
  return wrong
end
