-- Reads streams by age, a bounded number a call.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 first number; 3 most streams to look at; 4 a stream id or empty
-- returns: {'ok', number to go on with or '', stream..}; a stream is the fields id, worker
--   type, user, reserved, be_mult, paused, deleted, high, medium, low and its number, `1` for
--   each class in whose index it is, and since when the first in line has been ready or empty
local FIELDS = { 'id', 'worker_type', 'user_id', 'reserved', 'be_mult', 'paused', 'deleted',
  'high', 'medium', 'low' }
local first, most = tonumber(ARGV[2]), tonumber(ARGV[3])
local ends = tonumber(call('HGET', META, 'next_stream')) or 0
if ARGV[4] ~= '' then
  first = tonumber(call('HGET', P .. 'streams', ARGV[4])) or ends
  ends = math.min(ends, first + 1)
end

local function listed(number, reserved, worker_type)
  local marks = {}
  local member = format('%07d:%012d', 9999999 - reserved, number)
  for class = 1, 3 do
    local key = P .. 'streams_by_priority:' .. escaped(worker_type) .. CLASS_SUFFIX[class]
    marks[class] = call('ZSCORE', key, member) and '1' or '0'
  end
  return table.concat(marks)
end

-- Since when the first task in line of a class has been ready.
local function first_ready(number, class)
  local id = call('ZRANGE', P .. 'stream:' .. whole(number) .. ':ready' .. CLASS_SUFFIX[class], 0, 0)[1]
  if not id then return end
  local job = P .. 'job:' .. id
  local lane = job .. ':lane:' .. whole(number)
  -- A job of one task has no set of its own.
  local age = call('ZRANGEBYSCORE', lane, 0, '+inf', 'LIMIT', 0, 1)[1] or '0'
  local raw = call('HGET', job, 't' .. age)
  if not raw then return end
  local _, _, closing, created, _, _, _, _, at = unpack_from(TASK, raw)
  return closing >= USED and unpack_from('<i8', raw, at) or created
end

local function ready_since(number)
  local since
  for class = 1, 3 do
    local at = first_ready(number, class)
    if at and not (since and since <= at) then since = at end
  end
  return since and whole(since) or ''
end

local found = {}
local numbers, following = stream_numbers(first, ends, most)
for _, number in ipairs(numbers) do
  local s = call('HMGET', P .. 'stream:' .. whole(number) .. ':counters', unpack(FIELDS))
  if s[1] then
    s[11], s[12] = whole(number), listed(number, tonumber(s[4]), s[2])
    s[13] = ready_since(number)
    found[#found + 1] = s
  end
end
return { 'ok', following and whole(following) or '', unpack(found) }
