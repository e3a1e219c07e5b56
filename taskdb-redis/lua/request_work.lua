-- Hands out the tasks that are next, one for each claim id, in sequence.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 worker type; 3 worker id; 4 lease in microseconds or empty; 5.. claim ids;
--   behind these, where tasks come with their inputs, the value of lib/inputs
-- returns: {'ok', time of the next delayed task or '', now, task..}, a task as hand_out has it,
--   or as inputs has it; or {'closed', gate}
if gate ~= OPEN then return { 'closed', gate } end

local worker_type, worker, lease = ARGV[2], ARGV[3], tonumber(ARGV[4])
local index = P .. 'streams_by_priority:' .. escaped(worker_type)
-- `at` is the place of the claim id that is next.
local deadlines, at, last = {}, 5, #ARGV - BEHIND
-- Tasks that are read in one go.
local PIECE = 250

-- The task that a claim id holds already: the request is a repetition.
local function repeat_claim(claim, place)
  local number, age = unpack_from('>I6I4', place)
  local j = numbered_job(number)
  local t = j and get_task(j, age)
  -- What a failover has lost holds nothing any more.
  if not t or t.state ~= RUNNING or t.claim ~= claim then return call('HDEL', claims_key(claim), claim) end
  hand_out(claim, j, t, pack_task(t), call('HGET', j.key, 'd' .. whole(age)))
end

-- Moves on to a claim id that held nothing, and now holds a task; nil at the end.
local function fresh_claim(place)
  while at <= last do
    local claim = ARGV[at]
    at = at + 1
    local held = claims_key(claim)
    if call('HSETNX', held, claim, place .. worker) == 1 then return claim end
    repeat_claim(claim, call('HGET', held, claim))
  end
end

local function claim_task(j, t, definition)
  local place = place_of(j, t.age)
  local claim = fresh_claim(place)
  if not claim then return end
  t.updated = touch(j)
  t.started = t.updated
  if j.started == NONE then j.started = t.updated end
  t.claim, t.worker, t.closing, t.attempt = claim, worker, BY_NONE, t.attempt + 1
  t.work_end = now + t.timeout * 1000000
  t.lease, t.lease_end = lease or NONE, lease and now + lease or NONE
  t.deadline = lease and math.min(t.work_end, t.lease_end) or t.work_end
  deadlines[#deadlines + 1], deadlines[#deadlines + 2] = whole(t.deadline), place
  shift(j, t, RUNNING)
  note_step(j, t, 'claimed')
  hand_out(claim, j, t, put_task(j, t), definition)
end

local function claim_tasks(j, ages)
  for from = 1, #ages, PIECE do
    local upto, fields = math.min(from + PIECE - 1, #ages), {}
    for i = from, upto do
      fields[#fields + 1], fields[#fields + 2] = 't' .. ages[i], 'd' .. ages[i]
    end
    local raw = call('HMGET', j.key, unpack(fields, 1, #fields))
    for i = from, upto do
      local age, place = tonumber(ages[i]), 2 * (i - from)
      local t = j.tasks[age] or parse_task(raw[place + 1], age)
      j.tasks[age] = t
      claim_task(j, t, raw[place + 2])
    end
  end
end

if starting or tonumber(releasing or 0) + tonumber(delayed or 0) > 0 then on_demand() end
while at <= last do
  settle_indexes()
  local s, class, share, name = next_stream(index, at == last)
  if not s then break end
  local j, ages = oldest_tasks(s, class, turn(s, share, name, last - at + 1))
  -- An index that is damaged must not hold up the server; `repair` mends it.
  if #ages == 0 then break end
  claim_tasks(j, ages)
end
-- Nothing is ready for these; one that repeats a request may hold something.
for i = at, last do
  local place = call('HGET', claims_key(ARGV[i]), ARGV[i])
  if place then repeat_claim(ARGV[i], place) end
end
local next_start = ''
if #tasks == 0 and tonumber(delayed or 0) > 0 then
  next_start = call('ZRANGE', P .. 'delayed', 0, 0, 'WITHSCORES')[2] or ''
end
bulk('ZADD', P .. 'expiring', deadlines)
flush()
return { 'ok', next_start, whole(now), unpack(tasks) }
