-- Makes a job and its task `init`.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 job id; 3 user; 4 class; 5 idempotency key or empty; 6 its lifetime in
--   microseconds or empty; 7-10 the four values of `init`; 11 number of shards; 12 this one
-- returns: {'ok', job id} or a refusal
if not may_change then return { 'closed', gate } end

local id, user, class, key, spec = ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5], parse_spec(7)
local stream = find_stream(spec.stream_id)
if not stream then return { 'no_stream' } end

local function stored_init(j)
  local t = get_task(j, 0)
  if t then t.blob = call('HGET', j.key, 'd0') end
  return t
end

-- The answer to a request whose job exists.
local function repeated(j)
  local t = stored_init(j)
  local same = t and j.user == user and j.class == class and not difference(t, spec, stream)
  return same and { 'ok', id } or { 'job_exists' }
end

-- The job that holds the idempotency key, unless the key's time is over.
local holder_field = user .. '\0' .. key
local function holder()
  local raw = key ~= '' and call('HGET', P .. 'keys', holder_field)
  if not raw then return end
  local ends, first = unpack_from('<i8', raw), string.sub(raw, 9)
  if ends ~= NONE and ends <= now then return end
  local t = stored_init(find_job(first))
  if t.blob == spec.blob then return { 'ok', first } end
  return { 'key_exists', first }
end

local known = find_job(id)
if known then return repeated(known) end
local first = holder()
if first then return first end

local number = next_number('next_job', tonumber(ARGV[11]), tonumber(ARGV[12]))
local j = { id = id, key = P .. 'job:' .. id, lanes = {}, tasks = {}, posts = {}, fields = {} }
j.state, j.class, j.number, j.user, j.lane_numbers = JOB_RUNNING, class, number, user, ''
j.next, j.count, j.unresolved, j.open, j.hard, j.delayed = 0, 0, 0, 0, 0, 0
j.created, j.updated, j.started = now, now, NONE
jobs[id] = j
call('ZADD', P .. 'jobs', number, id)
call('HINCRBY', P .. 'running_jobs', user, 1)
if key ~= '' then
  local lifetime = tonumber(ARGV[6])
  local former = call('HGET', P .. 'keys', holder_field)
  if former then call('HDEL', P .. 'job:' .. string.sub(former, 9), 'key') end
  call('HSET', P .. 'keys', holder_field, pack('<i8', lifetime and now + lifetime or NONE) .. id)
  call('HSET', j.key, 'key', holder_field)
end
spec.age, spec.stream, spec.ages, spec.waiting_on = 0, stream, {}, 0
spec.state = spec.start_at and PENDING or READY
create(j, { spec })
flush()
return { 'ok', id }
