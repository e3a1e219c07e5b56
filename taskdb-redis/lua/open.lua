-- Makes a namespace, or reads the format of one that is there.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 format; 3 oldest reader of it
-- returns: {'ok', format, oldest reader}
if call('HSETNX', META, 'format', ARGV[2]) == 1 then call('HSET', META, 'min_reader', ARGV[3]) end
local format, min_reader = unpack(call('HMGET', META, 'format', 'min_reader'))
return { 'ok', tonumber(format), tonumber(min_reader) }
