-- Marks a stream at its home as about to be deleted, or takes the mark away.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 stream id; 3 `1` to mark
-- returns: {'ok', version} or a refusal
if not may_change then return { 'closed', gate } end

local id = ARGV[2]
local number = tonumber(call('HGET', P .. 'streams', id))
if not number then return { 'no_stream' } end
if ARGV[3] == '1' then
  if unfinished_in(load_stream(number)) then return { 'unfinished' } end
  call('HSET', stream_key(number), 'closing', 1)
else
  call('HDEL', stream_key(number), 'closing')
end
return { 'ok', whole(call('HINCRBY', P .. 'stream_versions', id, 1)) }
