-- Changing a stream, and whether it can be deleted.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing

-- Empty settings stay; the new ones decide the next claim.
local function set_stream(s, reserved, be_mult, paused)
  for class = 1, 3 do
    -- Its name in the index changes with the reservation.
    if s.listed[class] then call('ZREM', index_key(s, class), s.member) end
    s.listed[class] = false
  end
  local values = { reserved = reserved, be_mult = be_mult, paused = paused }
  for field, value in pairs(values) do
    if value ~= '' then call('HSET', stream_key(s.number), field, value) end
  end
  s.reserved = tonumber(reserved) or s.reserved
  s.be_mult = tonumber(be_mult) or s.be_mult
  if paused ~= '' then s.paused = paused == '1' end
  s.member = member_of(s)
  flush_stream(s)
  if paused == '0' then woken[s.worker_type] = math.max(1, s[1][2] + s[2][2] + s[3][2]) end
end

local function unfinished_in(s)
  for class = 1, 3 do
    local counts = s[class]
    if counts[1] + counts[2] + counts[3] > 0 then return true end
  end
  return false
end
