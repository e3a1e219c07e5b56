-- Reads claims that hold, by the first bytes of their ids, a bounded number a call.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 first byte of ids to begin with; 3 most claims to find; 4 worker or empty;
--   5 worker type or empty; 6 lowest first six bytes of ids, as a number
-- returns: {'ok', first byte to go on with or '', claim..}; a claim is {id, job id, stream id,
--   worker type, record of the task}
local byte, most, worker, worker_type = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5]
local low, looked, found, known = tonumber(ARGV[6]), 0, { 'ok', '' }, {}
-- Claims to look at, more or less: those of a byte are read together.
local LOOKED = 1000

local function stream_of(t)
  known[t.stream] = known[t.stream] or call('HMGET', stream_key(t.stream), 'id', 'worker_type')
  return known[t.stream]
end

local function asked_for(id, place)
  return unpack_from('>I6', id) >= low and (worker == '' or string.sub(place, 11) == worker)
end

local function read(id, place)
  local number, age = unpack_from('>I6I4', place)
  local j = numbered_job(number)
  local t = j and get_task(j, age)
  if not t or t.state ~= RUNNING or t.claim ~= id then return end
  local stream = stream_of(t)
  if worker_type ~= '' and stream[2] ~= worker_type then return end
  found[#found + 1] = { id, j.id, stream[1], stream[2], pack_task(t) }
end

while byte < 256 and looked < LOOKED and #found - 2 < most do
  local claims = call('HGETALL', claims_key(string.char(byte)))
  for at = 1, #claims, 2 do
    if asked_for(claims[at], claims[at + 1]) then read(claims[at], claims[at + 1]) end
  end
  looked, byte = looked + #claims / 2, byte + 1
end
if byte < 256 then found[2] = byte end
return found
