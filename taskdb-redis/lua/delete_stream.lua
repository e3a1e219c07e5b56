-- Removes a stream none of whose tasks can still change.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 stream id; 3 the version of its home, where
--   other shards have the stream as well, else empty
-- returns: {'ok'} or a refusal
if not may_change then return { 'closed', gate } end

local id = ARGV[2]
local number = tonumber(call('HGET', P .. 'streams', id))
local s = number and load_stream(number)
if s and unfinished_in(s) then return { 'unfinished' } end
-- Whoever still gives out the stream as it was before comes too late.
if ARGV[3] ~= '' then call('HSET', P .. 'stream_versions', id, ARGV[3]) end
if not s then return { 'ok' } end
local user = call('HGET', stream_key(number), 'user_id')
call('HDEL', P .. 'streams', id)
call('HSET', stream_key(number), 'deleted', 1)
call('HSET', P .. 'deleted_streams', id, whole(number))
forget_stream(s)
call('ZREM', P .. 'streams_by_owner',
  user .. '\0' .. s.worker_type .. '\0' .. pack('>I6', number))
return { 'ok' }
