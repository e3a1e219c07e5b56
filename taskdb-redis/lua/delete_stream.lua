-- Removes a stream none of whose tasks can still change.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 stream id
-- returns: {'ok'} or a refusal
if not may_change then return { 'closed', gate } end

local id = ARGV[2]
local number = tonumber(call('HGET', P .. 'streams', id))
if not number then return { 'ok' } end
local s = load_stream(number)
for class = 1, 3 do
  local counts = s[class]
  if counts[1] + counts[2] + counts[3] > 0 then return { 'unfinished' } end
end
local user = call('HGET', stream_key(number), 'user_id')
call('HDEL', P .. 'streams', id)
call('HSET', stream_key(number), 'deleted', 1)
call('HSET', P .. 'deleted_streams', id, whole(number))
forget_stream(s)
call('ZREM', P .. 'streams_by_owner',
  user .. '\0' .. s.worker_type .. '\0' .. pack('>I6', number))
return { 'ok' }
