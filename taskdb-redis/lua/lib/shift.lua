-- The one place where a task changes its state: every counter and index moves with it.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing

-- What callers see.
local function effective(j, state)
  if state <= READY and stopped(j) then return CANCELLED end
  return state
end

local function wake(s, tasks)
  woken[s.worker_type] = (woken[s.worker_type] or 0) + tasks
end

-- Moves task `t` to a state; a new task comes from none.
local function shift(j, t, to, new)
  local lane, s, from = lane_of(j, t.stream), load_stream(t.stream), t.state
  if new then
    j.count, j.unresolved, j.open = j.count + 1, j.unresolved + 1, j.open + 1
  else
    lane[from + 1] = lane[from + 1] - 1
    count(s, j.class + 1, effective(j, from), -1, j.number)
    if from == DONE then j.unresolved = j.unresolved + 1 end
    if from >= DONE then j.open = j.open + 1 end
  end
  if starting and from <= READY and to > READY and not new then forget_start(j, t.age) end
  lane[to + 1] = lane[to + 1] + 1
  local seen = lane.seen
  if seen and t.age < seen[8] then
    if not new then seen[from + 1] = seen[from + 1] - 1 end
    seen[to + 1] = seen[to + 1] + 1
  end
  count(s, j.class + 1, effective(j, to), 1, j.number)
  if to == DONE then j.unresolved = j.unresolved - 1 end
  if to >= DONE then j.open = j.open - 1 end
  if to == READY then
    lane.moves[t.age] = t.age
    if not stopped(j) then wake(s, 1) end
  elseif to == RUNNING then
    lane.moves[t.age] = -t.age - 1
  elseif not new and (from == READY or from == RUNNING) then
    lane.moves[t.age] = false
  end
  t.state, t.changed, j.changed, lane.changed = to, true, true, true
end

-- Lists a task that waits only for its start time.
local function delay(j, t)
  if not t.start_at then return end
  j.delayed = j.delayed + call('ZADD', P .. 'delayed', whole(t.start_at), place_of(j, t.age))
  local lane = lane_of(j, t.stream)
  lane.moves[t.age], lane.changed, j.changed = DELAYED - t.age, true, true
  recount('delayed')
end
