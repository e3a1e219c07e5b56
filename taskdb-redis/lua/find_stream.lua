-- Tells what this shard knows of a stream.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 stream id
-- returns: {'ok', ''} or {'ok', 'deleted', version}; else {'ok', 'live' or 'closing', number, worker
--   type, user, reserved, be_mult, paused, version}
local id = ARGV[2]
local number = call('HGET', P .. 'streams', id)
local version = call('HGET', P .. 'stream_versions', id) or '0'
if not number then
  local deleted = call('HEXISTS', P .. 'deleted_streams', id) == 1
  return { 'ok', deleted and 'deleted' or '', version }
end
local s = call('HMGET', P .. 'stream:' .. number .. ':counters', 'worker_type', 'user_id',
  'reserved', 'be_mult', 'paused', 'closing')
return { 'ok', s[6] and 'closing' or 'live', number, s[1], s[2], s[3], s[4], s[5] or '0', version }
