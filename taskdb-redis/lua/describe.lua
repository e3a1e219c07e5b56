-- Tells what the namespace is.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now
-- returns: {'ok', format, oldest reader, gate, now, mark or nil}
local format, min_reader, mark = unpack(call('HMGET', META, 'format', 'min_reader', 'mark'))
return { 'ok', tonumber(format) or 0, tonumber(min_reader) or 0, gate, whole(now), mark }
