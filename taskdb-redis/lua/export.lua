-- Reads jobs with their tasks, as they are stored; the last one may have more tasks.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 lowest number of a job; 3 first age of the job of that number, or of the
--   first of the ids; 4 most rows; 5 `1` for what is derived; 6 most jobs; then ids, in
--   place of the number
-- returns: {'ok', {job, task..}..}; a job is {id, header, error, key, end of the key or '',
--   `1` while releasing, age to go on with or '', `1` if it is kept, name and labels or nil};
--   a task is {age, record, definition, output, stream id, rules or nil, dependants, indexed, claimed}
local BYTES = 4194304
local derived, left, bytes, found = ARGV[5] == '1', tonumber(ARGV[4]), 0, { 'ok' }
local stream_ids, empty_lanes, number, named = {}, {}, tonumber(ARGV[2]), #ARGV > 6

local function stream_id(stream)
  local id = stream_ids[stream] or call('HGET', stream_key(stream), 'id')
  stream_ids[stream] = id
  return id
end

local function all_dependants(j, t, first)
  local chunks = { first or '' }
  for chunk = 1, math.ceil(t.posts / 128) - 1 do
    chunks[chunk + 1] = call('HGET', j.key, 'p' .. whole(t.age) .. '.' .. whole(chunk)) or ''
  end
  return table.concat(chunks)
end

-- Most jobs have ended, and with them their lanes: one look at each saves one a task.
local function is_empty(lane)
  local empty = empty_lanes[lane]
  if empty == nil then
    empty = call('EXISTS', lane) == 0
    empty_lanes[lane] = empty
  end
  return empty
end

-- Whether it stands in the index of ready work, on both levels.
local function indexed(j, t)
  local score
  if is_single(j) then
    score = lane_score(t)
  else
    local lane = j.key .. ':lane:' .. whole(t.stream)
    score = not is_empty(lane) and call('ZSCORE', lane, whole(t.age))
  end
  if not score or tonumber(score) < 0 then return 0 end
  return call('ZSCORE', ready_key(t.stream, j.class + 1), j.id) and 1 or 0
end

local function claimed(j, t)
  local place = place_of(j, t.age)
  local held = t.claim and call('HGET', claims_key(t.claim), t.claim) == place .. t.worker
  return held and call('ZSCORE', P .. 'expiring', place) and 1 or 0
end

-- Without what is derived, a record is not taken apart: only its stream is of interest.
local function read_task(j, age)
  local name = whole(age)
  local raw = call('HMGET', j.key, 't' .. name, 'd' .. name, 'o' .. name, 'x' .. name,
    derived and 'p' .. name .. '.0' or 'x' .. name)
  if not raw[1] then return end
  local _, _, _, _, stream = unpack_from(TASK, raw[1])
  local row = { age, raw[1], raw[2], raw[3], stream_id(stream), raw[4] }
  if derived then
    local t = parse_task(raw[1], age)
    row[7], row[8], row[9] = all_dependants(j, t, raw[5]), indexed(j, t), claimed(j, t)
  end
  bytes = bytes + #raw[1] + #raw[2] + #(raw[3] or '')
  return row
end

local function read_job(j, age)
  local raw = call('HMGET', j.key, 'h', 'error', 'key', 'about')
  local ends = raw[3] and call('HGET', P .. 'keys', raw[3])
  local first, last = '[' .. place_of(j, 0), '[' .. place_of(j, 4294967295)
  local releasing_now = call('ZLEXCOUNT', P .. 'releasing', first, last) > 0
  local head = { j.id, raw[1], raw[2], raw[3], ends and whole(unpack_from('<i8', ends)) or '',
    releasing_now and '1' or '0', '', is_kept(j.id) and 1 or 0, raw[4] }
  local rows = { head }
  left = left - 1
  while age < j.next and (#rows == 1 or left > 0 and bytes < BYTES) do
    rows[#rows + 1] = read_task(j, age)
    age, left = age + 1, left - 1
  end
  if age < j.next then head[7] = whole(age) end
  return rows
end

local ids = named and { unpack(ARGV, 7) }
  or call('ZRANGEBYSCORE', P .. 'jobs', number, '+inf', 'LIMIT', 0, math.min(left, tonumber(ARGV[6])))
for i, id in ipairs(ids) do
  if left <= 0 or bytes >= BYTES then break end
  local j = find_job(id)
  if j then
    local goes_on = i == 1 and (named or j.number == number)
    found[#found + 1] = read_job(j, goes_on and tonumber(ARGV[3]) or 0)
  end
end
return found
