-- Makes a stream, or finds the oldest one of a user and worker type.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 stream id; 3 worker type; 4 user; 5 reserved; 6 be_mult; 7 `1` to find; 8 number of
--   shards; 9 this one
-- returns: {'ok', stream id} or a refusal
if not may_change then return { 'closed', gate } end

local id, worker_type, user, reserved, be_mult = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local owner = user .. '\0' .. worker_type .. '\0'
if ARGV[7] == '1' then
  local oldest = call('ZRANGEBYLEX', P .. 'streams_by_owner', '[' .. owner, '[' .. owner .. '\255',
    'LIMIT', 0, 1)[1]
  if oldest then
    local s = load_stream((unpack_from('>I6', oldest, #owner + 1)))
    return { 'ok', s.id }
  end
end

local number = tonumber(call('HGET', P .. 'streams', id))
if number then
  local kept = call('HMGET', stream_key(number), 'worker_type', 'user_id', 'reserved', 'be_mult')
  local same = kept[1] == worker_type and kept[2] == user and kept[3] == reserved
    and tonumber(kept[4]) == tonumber(be_mult)
  return same and { 'ok', id } or { 'stream_exists', 'other settings' }
end
if call('HEXISTS', P .. 'deleted_streams', id) == 1 then
  return { 'stream_exists', "a deleted stream's id" }
end

number = next_number('next_stream', tonumber(ARGV[8]), tonumber(ARGV[9]))
call('HSET', stream_key(number), 'id', id, 'worker_type', worker_type, 'user_id', user,
  'reserved', reserved, 'be_mult', be_mult)
enlist(id, number, user .. '\0' .. worker_type)
return { 'ok', id }
