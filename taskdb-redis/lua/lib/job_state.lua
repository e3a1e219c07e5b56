-- Jobs that stop and run again, with what their tasks do to that.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing

-- One more or one less that failed or was cancelled with no tolerance; `job:ID:failures` has
-- them in the order in which they ended.
local function harden(j, t, by)
  local seen = lane_of(j, t.stream).seen
  j.hard = j.hard + by
  if by > 0 then
    call('ZADD', j.key .. ':failures', whole(t.updated), pack('>I4', t.age))
  else
    call('ZREM', j.key .. ':failures', pack('>I4', t.age))
  end
  if seen and t.age < seen[8] then seen[7] = seen[7] + by end
end

-- Counts a running job of its user, also for a repair that has been at it.
local function count_running(j, by)
  call('HINCRBY', P .. 'running_jobs', j.user, by)
  if mending and j.number < mending then call('HINCRBY', P .. 'mended_jobs', j.user, by) end
end

-- Where jobs that have ended are listed, by their state.
local FINISHED = { 'done_jobs', 'failed_jobs', 'cancelled_jobs' }

-- A job stops, or runs again: what waits in it leaves the index of ready work, or comes
-- back. Costs the streams of the job.
local function set_state(j, state)
  -- What is listed depends on the state, so lanes are read before it changes.
  local before, lanes = stopped(j), all_lanes(j)
  if j.state == JOB_RUNNING then
    count_running(j, -1)
  else
    call('ZREM', P .. FINISHED[j.state], j.id)
  end
  j.state, j.changed = state, true
  if state == JOB_RUNNING then
    count_running(j, 1)
  else
    call('ZADD', P .. FINISHED[state], j.number, j.id)
  end
  if before == stopped(j) then return end
  local sign = before and 1 or -1
  for _, lane in pairs(lanes) do
    local s = load_stream(lane.stream)
    count(s, j.class + 1, PENDING, sign * lane[1], j.number)
    count(s, j.class + 1, READY, sign * lane[2], j.number)
    count(s, j.class + 1, CANCELLED, -sign * (lane[1] + lane[2]), j.number)
    lane.changed = true
    if before and lane[2] > 0 then wake(s, lane[2]) end
    if not before and lane[3] > 0 then woken[''] = 1 end
  end
end
