-- Hands out the tasks that are next, one for each claim id, in sequence.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 worker type; 3 worker id; 4 lease in microseconds or empty; 5.. claim ids
-- returns: {'ok', time of the next delayed task or '', now, task..}; a task is {claim id, job id,
--   class, stream id, record, definition}; or {'closed', gate}
if gate ~= OPEN then return { 'closed', gate } end

local worker_type, worker, lease = ARGV[2], ARGV[3], tonumber(ARGV[4])
local index, held = P .. 'streams_by_priority:' .. escaped(worker_type), P .. 'claims'
local tasks = {}

local function hand_out(claim, j, t, definition)
  local s = load_stream(t.stream)
  tasks[#tasks + 1] = { claim, j.id, j.class, s.id, pack_task(t), definition }
end

-- The task that a claim id holds already: the request is a repetition.
local function repeated(claim)
  local place = call('HGET', held, claim)
  if not place then return false end
  local number, age = unpack_from('>I6I4', place)
  local j = numbered_job(number)
  hand_out(claim, j, get_task(j, age), call('HGET', j.key, 'd' .. whole(age)))
  return true
end

-- Writes what decides who is next.
local function settle_indexes()
  for _, j in pairs(jobs) do
    if j and j.changed then flush_lanes(j) end
  end
  flush_streams()
end

-- The stream with the smallest share in the highest class that has ready work.
local function next_stream()
  for class = 1, 3 do
    local member = call('ZRANGE', index .. CLASS_SUFFIX[class], 0, 0)[1]
    if member then return load_stream(tonumber(string.sub(member, 9))), class end
  end
end

-- The oldest ready task of the oldest job of that stream and class.
local function next_task(s, class)
  local j = find_job(call('ZRANGE', ready_key(s.number, class), 0, 0)[1])
  local lane = lane_of(j, s.number)
  local age = tonumber(call('ZRANGEBYSCORE', lane.key, 0, '+inf', 'LIMIT', 0, 1)[1])
  local name = whole(age)
  local raw = call('HMGET', j.key, 'd' .. name, 't' .. name)
  j.tasks[age] = j.tasks[age] or parse_task(raw[2], age)
  return j, j.tasks[age], raw[1]
end

local function claim_next(claim)
  settle_indexes()
  local s, class = next_stream()
  if not s then return repeated(claim) end
  local j, t, definition = next_task(s, class)
  if call('HSETNX', held, claim, place_of(j, t.age) .. worker) == 0 then return repeated(claim) end
  t.updated = touch(j)
  t.started = t.updated
  if j.started == NONE then j.started = t.updated end
  t.claim, t.worker, t.closing, t.attempt = claim, worker, BY_NONE, t.attempt + 1
  t.work_end = now + t.timeout * 1000000
  t.lease, t.lease_end = lease or NONE, lease and now + lease or NONE
  t.deadline = lease and math.min(t.work_end, t.lease_end) or t.work_end
  call('ZADD', P .. 'expiring', whole(t.deadline), place_of(j, t.age))
  shift(j, t, RUNNING)
  hand_out(claim, j, t, definition)
  return true
end

help()
promote()
local exhausted = false
for at = 5, #ARGV do
  if exhausted then
    repeated(ARGV[at])
  else
    exhausted = not claim_next(ARGV[at])
  end
end
local next_start = ''
if #tasks == 0 and tonumber(delayed or 0) > 0 then
  next_start = call('ZRANGE', P .. 'delayed', 0, 0, 'WITHSCORES')[2] or ''
end
flush()
return { 'ok', next_start, whole(now), unpack(tasks) }
