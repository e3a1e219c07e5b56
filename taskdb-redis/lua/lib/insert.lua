-- Creating tasks, last part: writes those that passed every check.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing

-- Appends a dependant to the list of a task.
local function add_post(j, t, age)
  local field = 'p' .. whole(t.age) .. '.' .. whole(math.floor(t.posts / CHUNK))
  local chunk = j.posts[field]
  if not chunk and t.posts % CHUNK > 0 then chunk = call('HGET', j.key, field) end
  j.posts[field] = (chunk or '') .. pack('<I4', age)
  t.posts, t.changed = t.posts + 1, true
end

-- Writes the rules of a new task, if it has any.
local function keep_rules(j, t)
  if t.start_by or t.rules ~= NO_RULES then
    put(j, 'x' .. whole(t.age), t.rules .. pack('<i8', t.start_by or NONE))
  end
  if t.start_by and t.state <= READY then await_start(j, t.age, t.start_by) end
end

local function insert(j, spec)
  local t, fields, age = spec, j.fields, spec.age
  t.closing, t.retries, t.losses, t.attempt, t.progress, t.posts = BY_NONE, 0, 0, 0, 0, 0
  t.created = touch(j)
  t.updated = t.created
  grow(j, age)
  j.tasks[age] = t
  fields[#fields + 1], fields[#fields + 2] = 'd' .. whole(age), t.blob
  fields[#fields + 1], fields[#fields + 2] = 'n' .. t.name, pack('<I4I6', age, t.stream)
  for _, pre in ipairs(t.ages) do add_post(j, get_task(j, pre), age) end
  if delayed_until(t) then delay(j, t) end
  keep_rules(j, t)
  shift(j, t, t.state, true)
  note_step(j, t, 'created')
  if t.state == READY then note_step(j, t, 'ready') end
  if t.state == CANCELLED then note_trouble(j, t, 'cancelled') end
end

local function create(j, fresh)
  if #fresh > 0 and j.state == JOB_DONE then
    set_state(j, JOB_RUNNING)
    note_job(j, 'retried', 'new tasks')
  end
  for _, spec in ipairs(fresh) do insert(j, spec) end
end
