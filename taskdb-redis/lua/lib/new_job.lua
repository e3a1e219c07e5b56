-- Making jobs: everything is checked before anything is written.
-- KEYS: 1 as in base
-- ARGV: 12 values a job: job id; user; class; idempotency key or empty; its lifetime in
--   microseconds or empty; the four values of `init`; number of shards; this one; its name and
--   labels or empty
-- returns: nothing
local function stored_init(j)
  local t = get_task(j, 0)
  if t then t.blob, t.rules = call('HGET', j.key, 'd0'), rules_of(j, 0) end
  return t
end

-- The answer to a request whose job exists.
local function repeated(j, user, class, spec, stream)
  local t = stored_init(j)
  local same = t and j.user == user and j.class == class and not difference(t, spec, stream)
  return same and { 'ok', j.id } or { 'job_exists' }
end

-- The job that holds an idempotency key, unless the key's time is over.
local function holder(field, spec)
  local raw = call('HGET', P .. 'keys', field)
  if not raw then return end
  local ends, first = unpack_from('<i8', raw), string.sub(raw, 9)
  if ends ~= NONE and ends <= now then return end
  local t = stored_init(find_job(first))
  if t.blob == spec.blob then return { 'ok', first } end
  return { 'key_exists', first }
end

local function take_key(j, field, lifetime)
  local former = call('HGET', P .. 'keys', field)
  if former then call('HDEL', P .. 'job:' .. string.sub(former, 9), 'key') end
  call('HSET', P .. 'keys', field, pack('<i8', lifetime and now + lifetime or NONE) .. j.id)
  call('HSET', j.key, 'key', field)
end

-- Makes the job at ARGV[at]; {'ok', job id}, or a refusal and nothing is written.
local function make_job(at)
  local id, user, class, key = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2]), ARGV[at + 3]
  local spec, field = parse_spec(at + 5), user .. '\0' .. key
  local stream = find_stream(spec.stream_id)
  if not stream then return { 'no_stream' } end
  local known = find_job(id)
  if known then return repeated(known, user, class, spec, stream) end
  local first = key ~= '' and holder(field, spec)
  if first then return first end

  local number = next_number('next_job', tonumber(ARGV[at + 9]), tonumber(ARGV[at + 10]))
  local j = { id = id, key = P .. 'job:' .. id, lanes = {}, tasks = {}, posts = {}, fields = {} }
  j.state, j.class, j.number, j.user, j.lane_numbers = JOB_RUNNING, class, number, user, ''
  j.next, j.count, j.unresolved, j.open, j.hard, j.delayed = 0, 0, 0, 0, 0, 0
  j.created, j.updated, j.started = now, now, NONE
  jobs[id] = j
  call('ZADD', P .. 'jobs', number, id)
  count_running(j, 1)
  note_job(j, 'created')
  if ARGV[at + 11] ~= '' then put(j, 'about', ARGV[at + 11]) end
  if key ~= '' then take_key(j, field, tonumber(ARGV[at + 4])) end
  spec.age, spec.stream, spec.ages, spec.waiting_on = 0, stream, {}, 0
  spec.state = spec.start_at and PENDING or READY
  create(j, { spec })
  return { 'ok', id }
end
