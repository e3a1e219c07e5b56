-- Recomputing what is derived of a job from its tasks: its beginning and its end.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
local SCANNED, PASSES = 500, 3

-- Forgets what a mending before this one has seen.
local function begin_mending(j, passes)
  for _, lane in pairs(all_lanes(j)) do
    if lane.seen then lane.seen, lane.changed, j.changed = nil, true, true end
  end
  call('UNLINK', mend_key(j))
  call('HSET', mend_key(j), 'age', 0, 'passes', passes)
end

-- Takes from a lane what does not belong there; the cursor to go on with.
local function scan_lane(j, lane, cursor)
  local found, strays = call('ZSCAN', lane.key, cursor, 'COUNT', SCANNED), {}
  for at = 1, #found[2], 2 do
    local member, score = found[2][at], tonumber(found[2][at + 1])
    local t = get_task(j, tonumber(member))
    if not t or t.stream ~= lane.stream or lane_score(t) ~= score then
      strays[#strays + 1] = member
    end
  end
  bulk('ZREM', lane.key, strays)
  return found[1]
end

-- Takes what was seen for the counts of a lane; whether they were others.
local function adopt_lane(j, lane)
  local seen, wrong = lane.seen or { 0, 0, 0, 0, 0, 0, 0 }, false
  for state = 1, 6 do
    wrong = wrong or lane[state] ~= seen[state]
    lane[state] = seen[state]
  end
  for class = 1, 3 do call('ZREM', ready_key(lane.stream, class), j.id) end
  lane.listed, lane.changed, lane.seen = false, true, nil
  return wrong, seen
end

local function count_delayed(j, lane)
  if is_single(j) then return delayed_until(get_task(j, 0)) and 1 or 0 end
  return call('ZCOUNT', lane.key, '-inf', '(' .. whole(DELAYED / 2))
end

-- The counters of a job whose tasks were all visited; whether any was wrong.
local function adopt_lanes(j)
  local count, open, unresolved, hard, delayed_tasks, wrong = 0, 0, 0, 0, 0, false
  for _, lane in pairs(all_lanes(j)) do
    local other, seen = adopt_lane(j, lane)
    local ended = seen[4] + seen[5] + seen[6]
    local all = seen[1] + seen[2] + seen[3] + ended
    wrong = wrong or other
    count, open, unresolved = count + all, open + all - ended, unresolved + all - seen[4]
    hard = hard + seen[7]
    delayed_tasks = delayed_tasks + count_delayed(j, lane)
  end
  wrong = wrong or j.count ~= count or j.open ~= open or j.unresolved ~= unresolved
    or j.hard ~= hard
  j.count, j.open, j.unresolved, j.hard, j.delayed = count, open, unresolved, hard, delayed_tasks
  return wrong
end

-- Whether each task that was visited is still counted: a process of an earlier release keeps
-- nothing of that when it changes a lane.
local function is_whole(j, tasks)
  for _, lane in pairs(all_lanes(j)) do
    for state = 1, 6 do tasks = tasks - (lane.seen and lane.seen[state] or 0) end
  end
  return tasks == 0
end

-- The end of a pass; whether it was the last one, and whether anything was wrong.
local function end_mending(j)
  local key, before = mend_key(j), j.state
  local tasks, passes, again = unpack(call('HMGET', key, 'tasks', 'passes', 'again'))
  local counted = is_whole(j, tonumber(tasks) or 0)
  if (again or not counted) and tonumber(passes) < PASSES then
    begin_mending(j, tonumber(passes) + 1)
    return false, false
  end
  local wrong = counted and adopt_lanes(j)
  if not counted then begin_mending(j, 0) end
  j.changed = true
  for state, list in ipairs(FINISHED) do
    if state == j.state then
      call('ZADD', P .. list, j.number, j.id)
    else
      call('ZREM', P .. list, j.id)
    end
  end
  close_if_over(j)
  call('UNLINK', key)
  return true, wrong or j.state ~= before
end
