-- Tells what the namespace is.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now
-- returns: {'ok', format, oldest reader, gate, now, mark or nil, level, age and count of the
--   event log, each nil while it was never set, bytes of memory in use, how many may be or 0,
--   both nil where the server does not say}
local format, min_reader, mark, level, age, count = unpack(call('HMGET', META, 'format',
  'min_reader', 'mark', 'event_level', 'event_age', 'event_count'))
-- A user may lack the right to ask.
local memory = redis.pcall('INFO', 'memory')
memory = type(memory) == 'string' and memory or ''
return { 'ok', tonumber(format) or 0, tonumber(min_reader) or 0, gate, whole(now), mark, level,
  age, count, memory:match('used_memory:(%d+)') or false,
  memory:match('maxmemory:(%d+)') or false }
