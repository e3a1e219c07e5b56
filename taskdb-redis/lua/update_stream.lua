-- Changes reservation, weight or pause of a stream.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 stream id; 3 reserved, 4 be_mult, 5 paused (`1`, `0`); empty ones stay
-- returns: {'ok'} or a refusal
if not may_change then return { 'closed', gate } end

local number = tonumber(call('HGET', P .. 'streams', ARGV[2]))
if not number then return { 'no_stream' } end
local s = load_stream(number)
for class = 1, 3 do
  -- Its name in the index changes with the reservation.
  if s.listed[class] then call('ZREM', index_key(s, class), s.member) end
  s.listed[class] = false
end
for place, field in ipairs({ 'reserved', 'be_mult', 'paused' }) do
  local value = ARGV[place + 2]
  if value ~= '' then call('HSET', stream_key(number), field, value) end
end
s.reserved = tonumber(ARGV[3]) or s.reserved
s.be_mult = tonumber(ARGV[4]) or s.be_mult
if ARGV[5] ~= '' then s.paused = ARGV[5] == '1' end
s.member = member_of(s)
flush_stream(s)
if ARGV[5] == '0' then woken[s.worker_type] = math.max(1, s[1][2] + s[2][2] + s[3][2]) end
send_wake()
return { 'ok' }
