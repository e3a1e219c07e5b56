-- Reads a job with some of its tasks, as they are stored.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 lowest number of the job; 3 first age; 4 most ages to look at; 5 `1` for
--   what is derived
-- returns: {'ok', job, task..}, or {'ok'} when there is no such job; a job is {id, header, error,
--   key, end of the key or '', `1` while releasing, age to go on with or '', `1` if it is kept}; a
--   task is {age, record, definition, output, stream id, dependants, indexed, claimed}
local BYTES = 4194304
local id = call('ZRANGEBYSCORE', P .. 'jobs', ARGV[2], '+inf', 'LIMIT', 0, 1)[1]
if not id then return { 'ok' } end
local j = find_job(id)
local derived, bytes, found = ARGV[5] == '1', 0, {}

local function all_dependants(t)
  local chunks = {}
  for chunk = 0, math.ceil(t.posts / 128) - 1 do
    chunks[chunk + 1] = call('HGET', j.key, 'p' .. whole(t.age) .. '.' .. whole(chunk))
  end
  return table.concat(chunks)
end

-- Whether it stands in the index of ready work, on both levels.
local function indexed(t)
  local score = call('ZSCORE', j.key .. ':lane:' .. whole(t.stream), whole(t.age))
  if not score or tonumber(score) < 0 then return 0 end
  return call('ZSCORE', ready_key(t.stream, j.class + 1), j.id) and 1 or 0
end

local function claimed(t)
  local place = place_of(j, t.age)
  local held = t.claim and call('HGET', P .. 'claims', t.claim) == place .. t.worker
  return held and call('ZSCORE', P .. 'expiring', place) and 1 or 0
end

local age, left = tonumber(ARGV[3]), tonumber(ARGV[4])
while age < j.next and left > 0 and bytes < BYTES do
  local name = whole(age)
  local raw = call('HMGET', j.key, 't' .. name, 'd' .. name, 'o' .. name)
  if raw[1] then
    local t = parse_task(raw[1], age)
    local row = { age, raw[1], raw[2], raw[3], call('HGET', stream_key(t.stream), 'id') }
    if derived then row[6], row[7], row[8] = all_dependants(t), indexed(t), claimed(t) end
    found[#found + 1] = row
    bytes = bytes + #raw[1] + #raw[2] + #(raw[3] or '')
  end
  age, left = age + 1, left - 1
end

local raw = call('HMGET', j.key, 'h', 'error', 'key')
local ends = raw[3] and call('HGET', P .. 'keys', raw[3])
local first, last = '[' .. place_of(j, 0), '[' .. place_of(j, 4294967295)
local releasing_now = call('ZLEXCOUNT', P .. 'releasing', first, last) > 0
return { 'ok', { id, raw[1], raw[2], raw[3], ends and whole(unpack_from('<i8', ends)) or '',
  releasing_now and '1' or '0', age < j.next and whole(age) or '', is_kept(id) and 1 or 0 },
  unpack(found) }
