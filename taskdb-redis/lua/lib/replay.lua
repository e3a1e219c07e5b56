-- Putting the tasks of stopped jobs back to work, in bounded steps.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
--
-- While a replay is under way its job stays stopped, so that nothing is visible but in
-- effect cancelled tasks, and a replay that was interrupted is simply begun again: `revive`
-- walks over the tasks and brings back what ended, `start` walks over them again and makes
-- ready what waits for nothing, and last the job runs again.

-- The prerequisites of a task that are not settled for it and will not be on their own.
local function has_dead_prerequisite(j, t)
  if t.waiting_on == 0 then return false end
  for _, name in ipairs(names_of(call('HGET', j.key, 'd' .. whole(t.age)))) do
    local p = find_task(j, name)
    local settled = p.state == DONE or (t.all_settled and p.tolerated)
    if p.state >= DONE and not settled then return true end
  end
  return false
end

local function each_dependant(j, t, visit)
  local from = 0
  while from < t.posts do
    local ages = dependants(j, t, from, t.posts)
    from = from + #ages
    for _, age in ipairs(ages) do visit(get_task(j, age)) end
  end
end

-- Whether a dependant that tolerates the end of a task has gone on after it.
local function was_relied_on(j, t)
  local relied = false
  each_dependant(j, t, function(d)
    relied = relied or d.all_settled and d.state >= READY and d.state <= DONE
  end)
  return relied
end

local function revive(j, t)
  note_trouble(j, t, 'retried', 'replayed')
  local tolerated = t.tolerated
  t.tolerated, t.error, t.start_at, t.closing = false, nil, nil, BY_NONE
  t.retries, t.losses, t.progress, t.updated = 0, 0, 0, touch(j)
  void_start(j, t.age)
  shift(j, t, PENDING)
  if not tolerated then
    harden(j, t, -1)
    return
  end
  each_dependant(j, t, function(d)
    if d.all_settled then d.waiting_on, d.changed = d.waiting_on + 1, true end
  end)
end

local function clear_trial(j, t)
  if t.progress > 0 then t.updated = touch(j) end
  t.retries, t.losses, t.progress, t.changed = 0, 0, 0, true
end

local function bring_back(j, t)
  if t.state == PENDING or t.state == READY then
    clear_trial(j, t)
  elseif t.state >= FAILED and not (t.tolerated and was_relied_on(j, t))
    and not has_dead_prerequisite(j, t) then
    revive(j, t)
  end
end

local function make_startable(j, t)
  if t.state ~= PENDING or t.waiting_on > 0 then return end
  if t.start_at and t.start_at > now then delay(j, t) else make_ready(j, t) end
end

-- A stream that is needed and was deleted: that of the oldest such task.
local function deleted_stream(j, needed)
  local deleted, any = {}, false
  for stream in pairs(all_lanes(j)) do
    local raw = call('HMGET', stream_key(stream), 'deleted', 'id')
    if raw[1] then deleted[stream], any = raw[2], true end
  end
  for age = 0, any and j.next - 1 or -1 do
    local t = get_task(j, age)
    if t and deleted[t.stream] and needed(t) then return deleted[t.stream] end
  end
end

-- The last steps: from `start` at an age on until the job runs again.
local function restart(j, from)
  local next_age = walk(j, from, make_startable)
  if next_age then return { 'ok', 'start', next_age } end
  touch(j)
  set_state(j, JOB_RUNNING)
  note_job(j, 'retried', 'replayed')
  call('HDEL', j.key, 'error', 'replaying')
  close_if_over(j)
  return { 'ok', '', 0 }
end
