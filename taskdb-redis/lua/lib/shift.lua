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
    count(s, j.class + 1, effective(j, from), -1)
    if from == DONE then j.unresolved = j.unresolved + 1 end
    if from >= DONE then j.open = j.open + 1 end
  end
  if starting and from <= READY and to > READY and not new then forget_start(j, t.age) end
  lane[to + 1] = lane[to + 1] + 1
  count(s, j.class + 1, effective(j, to), 1)
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

-- Where jobs that have ended are listed, by their state.
local FINISHED = { 'done_jobs', 'failed_jobs', 'cancelled_jobs' }

-- A job stops, or runs again: what waits in it leaves the index of ready work, or comes
-- back. Costs the streams of the job.
local function set_state(j, state)
  -- What is listed depends on the state, so lanes are read before it changes.
  local before, lanes = stopped(j), all_lanes(j)
  if j.state == JOB_RUNNING then
    call('HINCRBY', P .. 'running_jobs', j.user, -1)
  else
    call('ZREM', P .. FINISHED[j.state], j.id)
  end
  j.state, j.changed = state, true
  if state == JOB_RUNNING then
    call('HINCRBY', P .. 'running_jobs', j.user, 1)
  else
    call('ZADD', P .. FINISHED[state], j.number, j.id)
  end
  if before == stopped(j) then return end
  local sign = before and 1 or -1
  for _, lane in pairs(lanes) do
    local s = load_stream(lane.stream)
    count(s, j.class + 1, PENDING, sign * lane[1])
    count(s, j.class + 1, READY, sign * lane[2])
    count(s, j.class + 1, CANCELLED, -sign * (lane[1] + lane[2]))
    lane.changed = true
    if before and lane[2] > 0 then wake(s, lane[2]) end
  end
end

-- Lists a task that waits only for its start time.
local function delay(j, t)
  if not t.start_at then return end
  j.delayed = j.delayed + call('ZADD', P .. 'delayed', whole(t.start_at), place_of(j, t.age))
  local lane = lane_of(j, t.stream)
  lane.moves[t.age], lane.changed, j.changed = DELAYED - t.age, true, true
  recount('delayed')
end
