-- Tells what the namespace is.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now
-- returns: {'ok', format, oldest reader, gate, now, mark or nil, level, age and count of the
--   event log, each nil while it was never set, bytes of memory in use, and how many may be
--   or 0, both nil for a user who may not ask}
local format, min_reader, mark, level, age, count = unpack(call('HMGET', META, 'format',
  'min_reader', 'mark', 'event_level', 'event_age', 'event_count'))
local memory = allowed('INFO', 'memory') and call('INFO', 'memory') or ''
return { 'ok', tonumber(format) or 0, tonumber(min_reader) or 0, gate, whole(now), mark, level,
  age, count, string.match(memory, 'used_memory:(%d+)') or false,
  string.match(memory, 'maxmemory:(%d+)') or false }
