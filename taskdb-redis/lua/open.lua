-- Makes a namespace, or reads the format of one that is there.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 format; 3 oldest reader of it; 4 number of shards
-- returns: {'ok', format, oldest reader, number of shards}
if call('HSETNX', META, 'format', ARGV[2]) == 1 then
  call('HSET', META, 'min_reader', ARGV[3], 'shards', ARGV[4])
end
local format, min_reader, shards = unpack(call('HMGET', META, 'format', 'min_reader', 'shards'))
return { 'ok', tonumber(format), tonumber(min_reader), tonumber(shards) or 1 }
