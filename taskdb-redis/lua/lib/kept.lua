-- Outputs kept beyond their job.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
--
-- `kept` maps `job id/name` to the end of its time and the output; `kept_by_end` orders them.
local function expire_kept(most)
  local over = call('ZRANGEBYSCORE', P .. 'kept_by_end', '-inf', whole(now), 'LIMIT', 0, most)
  if #over > 0 then
    call('HDEL', P .. 'kept', unpack(over))
    call('ZREM', P .. 'kept_by_end', unpack(over))
  end
  return #over
end

local function keep_output(id, name, output, ends)
  local field = id .. '/' .. name
  if call('HSETNX', P .. 'kept', field, pack('<i8', ends) .. output) == 1 then
    call('ZADD', P .. 'kept_by_end', whole(ends), field)
  end
end
