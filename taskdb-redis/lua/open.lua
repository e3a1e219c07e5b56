-- Makes a namespace, or reads the format of one that is there.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 format; 3 oldest reader of it; 4 number of shards; 5 oldest format that is read
-- returns: {'ok', format, oldest reader, number of shards}
if call('HSETNX', META, 'format', ARGV[2]) == 1 then
  call('HSET', META, 'min_reader', ARGV[3], 'shards', ARGV[4])
end
-- Formats before the third have their claims in one hash. This takes over as many as a step may,
-- the next time the rest: only who repeats a request or lists claims misses those.
local function take_claims()
  local former = P .. 'claims'
  local claims = call('HSCAN', former, 0, 'COUNT', 5000)[2]
  for at = 1, #claims, 2 do
    call('HSETNX', claims_key(claims[at]), claims[at], claims[at + 1])
    call('HDEL', former, claims[at])
  end
end

local stored = tonumber(call('HGET', META, 'format'))
if stored >= tonumber(ARGV[5]) and stored < tonumber(ARGV[2]) then
  call('HSET', META, 'format', ARGV[2], 'min_reader', ARGV[3])
end
if stored >= tonumber(ARGV[5]) and call('EXISTS', P .. 'claims') == 1 then take_claims() end
local format, min_reader, shards = unpack(call('HMGET', META, 'format', 'min_reader', 'shards'))
return { 'ok', tonumber(format), tonumber(min_reader), tonumber(shards) or 1 }
