-- Takes a job out of sight and out of memory.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
--
-- Everything of a job is one hash and one set a lane, which the server frees in the
-- background: this costs the streams, running and delayed tasks of the job.
local function drop_claims(j, lane)
  for _, age in ipairs(running_ages(j, lane)) do
    local t = get_task(j, tonumber(age))
    if t then drop_claim(j, t) end
    woken[''] = 1
  end
end

local function drop_delayed(j, lane)
  if j.delayed == 0 then return end
  for _, age in ipairs(delayed_ages(j, lane)) do
    call('ZREM', P .. 'delayed', place_of(j, tonumber(age)))
  end
  recount('delayed')
end

local function drop_releases(j)
  if tonumber(releasing or 0) == 0 then return end
  local first, last = '[' .. place_of(j, 0), '[' .. place_of(j, 4294967295)
  call('ZREMRANGEBYLEX', P .. 'releasing', first, last)
  recount('releasing')
end

local function drop_starts(j)
  if not starting then return end
  call('UNLINK', j.key .. ':starting')
  list_start(j.number, nil)
end

local function discard(j, keep_until)
  if keep_until then
    local output = call('HGET', j.key, 'o0')
    if output then keep_output(j.id, 'init', output, keep_until) end
  end
  local waiting = stopped(j) and CANCELLED or nil
  for _, lane in pairs(all_lanes(j)) do
    drop_claims(j, lane)
    drop_delayed(j, lane)
    local s = load_stream(lane.stream)
    for state = PENDING, CANCELLED do
      count(s, j.class + 1, state <= READY and waiting or state, -lane[state + 1], j.number)
    end
    flush_stream(s)
    forget_stream(s)
    call('ZREM', ready_key(lane.stream, j.class + 1), j.id)
    call('UNLINK', lane.key)
  end
  drop_releases(j)
  drop_starts(j)
  local key = call('HGET', j.key, 'key')
  if key then call('HDEL', P .. 'keys', key) end
  if j.state == JOB_RUNNING then
    count_running(j, -1)
  else
    call('ZREM', P .. FINISHED[j.state], j.id)
  end
  call('ZREM', P .. 'kept_jobs', j.id)
  call('ZREM', P .. 'jobs', j.id)
  call('UNLINK', j.key, j.key .. ':mend', j.key .. ':failures')
  note_job(j, 'deleted')
  jobs[j.id] = false
end
