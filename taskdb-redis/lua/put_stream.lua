-- Takes a stream as its home has it, unless what is here is from a later change.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 stream id; 3 number; 4 worker type; 5 user; 6 reserved; 7 be_mult; 8 paused;
--   9 version; 10 number of shards; 11 this one
-- returns: {'ok', `1` if the stream is here} or {'closed', gate}
if not may_change then return { 'closed', gate } end

local id, number = ARGV[2], tonumber(ARGV[3])
local known = tonumber(call('HGET', P .. 'stream_versions', id))
if known and known >= tonumber(ARGV[9]) then
  return { 'ok', call('HEXISTS', P .. 'streams', id) }
end
call('HSET', P .. 'stream_versions', id, ARGV[9])
local here = tonumber(call('HGET', P .. 'streams', id))
if here then
  set_stream(load_stream(here), ARGV[6], ARGV[7], ARGV[8])
  send_wake()
  return { 'ok', 1 }
end
-- Only after a failover that lost its home some streams can another have the number.
if (call('HGET', stream_key(number), 'id') or id) ~= id then
  number = next_number('next_stream', tonumber(ARGV[10]), tonumber(ARGV[11]))
end
-- New, or deleted by a call that was then refused elsewhere.
call('HSET', stream_key(number), 'id', id, 'worker_type', ARGV[4], 'user_id', ARGV[5],
  'reserved', ARGV[6], 'be_mult', ARGV[7], 'paused', ARGV[8])
call('HDEL', stream_key(number), 'deleted')
enlist(id, number, ARGV[5] .. '\0' .. ARGV[4])
reserve('next_stream', number)
return { 'ok', 1 }
