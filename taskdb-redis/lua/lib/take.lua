-- Taking in records of an export.
-- KEYS: 1 as in base
-- ARGV: a record is its kind and then its values, see the functions
-- returns: nothing; each function answers the number of values it took, or a refusal
--
-- With `dry` everything is checked and nothing written.
local streams_seen, jobs_seen = {}, {}

-- id, number, worker type, user, reserved, be_mult, paused, deleted
local function take_stream(at, dry)
  local id, number, worker_type, user = ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2], ARGV[at + 3]
  local known = call('HGET', P .. 'streams', id) or call('HGET', P .. 'deleted_streams', id)
  -- What a deleted stream has left is no more than its number, once no task names it; a task
  -- in another shard might.
  if known and call('EXISTS', stream_key(tonumber(known))) == 0
    and (tonumber(call('HGET', META, 'shards')) or 1) == 1 then known = nil end
  if dry then
    known = known or streams_seen[id]
    if not known and (streams_seen[number] or call('EXISTS', stream_key(number)) == 1) then
      return { 'stream_age', id }
    end
    streams_seen[id], streams_seen[number] = known or number, id
    return
  end
  if known then return end
  call('HDEL', P .. 'deleted_streams', id)
  call('HSET', stream_key(number), 'id', id, 'worker_type', worker_type, 'user_id', user,
    'reserved', ARGV[at + 4], 'be_mult', ARGV[at + 5], 'paused', ARGV[at + 6])
  if ARGV[at + 7] == '1' then
    call('HSET', stream_key(number), 'deleted', 1)
    call('HSET', P .. 'deleted_streams', id, whole(number))
  else
    call('HSET', P .. 'streams', id, whole(number))
    call('ZADD', P .. 'streams_by_owner', 0,
      user .. '\0' .. worker_type .. '\0' .. pack('>I6', number))
  end
  reserve('next_stream', number)
end

-- id, number, user, state, class, error or '', `1` with an error, key or '', its end or '',
-- created, started or '', updated, `1` if retention passes it by, name and labels or ''
local function take_job(at, dry)
  local id, number = ARGV[at], tonumber(ARGV[at + 1])
  local known = find_job(id) or jobs_seen[id]
  if dry then
    local holder = call('ZRANGEBYSCORE', P .. 'jobs', number, number)[1] or jobs_seen[number]
    if not known and holder then return { 'job_age', id } end
    jobs_seen[id], jobs_seen[number] = jobs_seen[id] or {}, id
    return
  end
  if find_job(id) then return end
  local j = { id = id, key = P .. 'job:' .. id, lanes = {}, tasks = {}, posts = {}, fields = {} }
  j.number, j.user, j.state, j.class = number, ARGV[at + 2], tonumber(ARGV[at + 3]),
    tonumber(ARGV[at + 4])
  j.next, j.count, j.unresolved, j.open, j.hard, j.delayed = 0, 0, 0, 0, 0, 0
  j.created, j.started, j.updated = tonumber(ARGV[at + 9]), tonumber(ARGV[at + 10]) or NONE,
    tonumber(ARGV[at + 11])
  j.lane_numbers, j.changed, jobs[id] = '', true, j
  if ARGV[at + 6] == '1' then j.fields = { 'error', ARGV[at + 5] } end
  if ARGV[at + 7] ~= '' then
    local field = j.user .. '\0' .. ARGV[at + 7]
    call('HSET', P .. 'keys', field, pack('<i8', tonumber(ARGV[at + 8]) or NONE) .. id)
    call('HSET', j.key, 'key', field)
  end
  call('ZADD', P .. 'jobs', number, id)
  if j.state == JOB_RUNNING then
    count_running(j, 1)
  else
    call('ZADD', P .. FINISHED[j.state], number, id)
  end
  if ARGV[at + 12] == '1' then set_kept(j, true) end
  if ARGV[at + 13] ~= '' then put(j, 'about', ARGV[at + 13]) end
  reserve('next_job', number)
end
