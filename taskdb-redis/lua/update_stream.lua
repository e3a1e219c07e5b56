-- Changes reservation, weight or pause of a stream.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 stream id; 3 reserved, 4 be_mult, 5 paused (`1`, `0`); empty ones stay;
--   6 `1` where other shards have the stream as well
-- returns: {'ok'} or a refusal
if not may_change then return { 'closed', gate } end

local number = tonumber(call('HGET', P .. 'streams', ARGV[2]))
if not number then return { 'no_stream' } end
set_stream(load_stream(number), ARGV[3], ARGV[4], ARGV[5])
if ARGV[6] == '1' then call('HINCRBY', P .. 'stream_versions', ARGV[2], 1) end
send_wake()
return { 'ok' }
