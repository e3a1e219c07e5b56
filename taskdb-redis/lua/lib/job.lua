-- Jobs with their tasks, kept in memory until flushed.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
--
-- A job is one hash: `h` header, `error`, `key`, `lanes` (numbers of its streams), and
-- `l<stream>` the counts of a lane, `n<name>` age and stream of a task, `t<age>` its
-- record, `x<age>` its rules if it has any, `d<age>` its definition, `o<age>` its output,
-- `p<age>.<chunk>` its dependants, `r<age>` where a large release of it stands; `replaying`
-- while a replay has steps left, `about` the name and labels of the job. Of a job that has
-- `init` alone, much of this follows from its record, see `lanes`.
-- Dependants in a field.
local CHUNK = 128
local jobs = {}

-- Reads a job and one more field of it.
local function find_job(id, field)
  local j = jobs[id]
  if j ~= nil then return j, j and field and call('HGET', j.key, field) end
  local key = P .. 'job:' .. id
  local raw = call('HMGET', key, 'h', field or 'h')
  if not raw[1] then
    jobs[id] = false
    return false
  end
  local updated, started, unresolved, open, hard, delayed, next_age, count, state, class, number,
    created, user = unpack_from(HEADER, raw[1])
  j = {
    id = id, key = key, lanes = {}, tasks = {}, posts = {}, fields = {}, state = state,
    class = class, number = number, next = next_age, count = count, unresolved = unresolved,
    open = open, hard = hard, delayed = delayed, created = created, updated = updated,
    started = started, user = user, changed = false, lane_numbers = nil, places = nil,
    starts = false,
  }
  jobs[id] = j
  return j, raw[2]
end

-- Reads a job by its number.
local function numbered_job(number)
  local id = call('ZRANGEBYSCORE', P .. 'jobs', number, number, 'LIMIT', 0, 1)[1]
  return id and find_job(id)
end

local function stopped(j)
  return j.state >= JOB_FAILED
end

-- Whether tasks of a job become ready: it runs, or will when a replay with steps left is
-- through. What came free between two steps would be passed by otherwise.
local function goes_on(j)
  if j.state == JOB_RUNNING then return true end
  if j.replaying == nil then j.replaying = call('HEXISTS', j.key, 'replaying') == 1 end
  return j.replaying
end

-- The time of a change: the clock, but never before the job's last change.
local function touch(j)
  if now > j.updated then j.updated = now end
  j.changed = true
  return j.updated
end

local function get_task(j, age)
  local t = j.tasks[age]
  if t == nil then
    local raw = call('HGET', j.key, 't' .. whole(age))
    t = raw and parse_task(raw, age)
    j.tasks[age] = t
  end
  return t
end
