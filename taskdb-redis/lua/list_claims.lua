-- Reads claims that hold, in steps over all claims.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 cursor of the step, `0` to begin; 3 about how many claims to look at; 4 worker
--   or empty; 5 worker type or empty; 6 lowest and 7 highest first six bytes of ids, as numbers
-- returns: {'ok', cursor to go on with or `0`, {claim..}}; a claim is {id, job id, stream id,
--   worker type, record of the task}
local worker, worker_type, low, high = ARGV[4], ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7])
local cursor, claims = unpack(call('HSCAN', P .. 'claims', ARGV[2], 'COUNT', ARGV[3]))
local found, known = {}, {}

local function stream_of(t)
  known[t.stream] = known[t.stream] or call('HMGET', stream_key(t.stream), 'id', 'worker_type')
  return known[t.stream]
end

local function asked_for(id, place)
  local head = unpack_from('>I6', id)
  return head >= low and head <= high and (worker == '' or string.sub(place, 11) == worker)
end

for at = 1, #claims, 2 do
  local id, place = claims[at], claims[at + 1]
  if asked_for(id, place) then
    local number, age = unpack_from('>I6I4', place)
    local j = numbered_job(number)
    local t = j and get_task(j, age)
    if t and t.state == RUNNING and t.claim == id then
      local stream = stream_of(t)
      if worker_type == '' or stream[2] == worker_type then
        found[#found + 1] = { id, j.id, stream[1], stream[2], pack_task(t) }
      end
    end
  end
end
return { 'ok', cursor, found }
