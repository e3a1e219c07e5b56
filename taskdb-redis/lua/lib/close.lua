-- Ending jobs.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing

-- Whether a task of the job is ready, running or delayed, or a release is under way.
local function can_move(j)
  for _, lane in pairs(all_lanes(j)) do
    if lane[2] + lane[3] > 0 then return true end
  end
  local range = { '[' .. place_of(j, 0), '[' .. place_of(j, 4294967295) }
  return call('ZLEXCOUNT', P .. 'releasing', range[1], range[2]) > 0
    or j.delayed > 0
end

-- The failure that ended first, then the oldest. Those of earlier releases are not listed,
-- so that each task has to be looked at; `repair` lists them.
local function first_failure(j)
  local failures, first = j.key .. ':failures', nil
  if call('ZCARD', failures) == j.hard then
    local place = call('ZRANGE', failures, 0, 0)[1]
    first = place and get_task(j, (unpack_from('>I4', place)))
    return first and first.error
  end
  for age = 0, j.next - 1 do
    local t = get_task(j, age)
    if t and t.state >= FAILED and not t.tolerated then
      if not first or t.updated < first.updated then first = t end
    end
  end
  return first and first.error
end

local function fail_job(j, error)
  touch(j)
  set_state(j, JOB_FAILED)
  j.fields[#j.fields + 1], j.fields[#j.fields + 2] = 'error', error
  note_job(j, 'failed', error)
end

-- Ends a running job when nothing of it can still change.
local function close_if_over(j)
  if j.state ~= JOB_RUNNING then return end
  if j.open == 0 and j.hard == 0 then
    touch(j)
    set_state(j, JOB_DONE)
    note_job(j, 'done')
  elseif j.hard > 0 and (j.open == 0 or not can_move(j)) then
    fail_job(j, first_failure(j) or '')
  end
end
