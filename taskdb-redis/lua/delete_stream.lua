-- Removes a stream none of whose tasks can still change.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 stream id; 3 the version at its home when the deletion began, where other
--   shards have the stream as well, else empty
-- returns: {'ok', `1`, or `0` when the stream has changed since} or a refusal
if not may_change then return { 'closed', gate } end

local id, version = ARGV[2], tonumber(ARGV[3])
if version and (tonumber(call('HGET', P .. 'stream_versions', id)) or 0) > version then
  return { 'ok', 0 }
end
local number = tonumber(call('HGET', P .. 'streams', id))
local s = number and load_stream(number)
if s and unfinished_in(s) then return { 'unfinished' } end
-- Whoever still gives out the stream as it was before comes too late.
if version then call('HSET', P .. 'stream_versions', id, ARGV[3]) end
if not s then return { 'ok', 1 } end
local user = call('HGET', stream_key(number), 'user_id')
call('HDEL', P .. 'streams', id)
call('HSET', stream_key(number), 'deleted', 1)
call('HSET', P .. 'deleted_streams', id, whole(number))
forget_stream(s)
call('ZREM', P .. 'streams_by_owner',
  user .. '\0' .. s.worker_type .. '\0' .. pack('>I6', number))
return { 'ok', 1 }
