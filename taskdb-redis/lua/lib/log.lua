-- Cutting the event log to its bounds.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
--
-- A stream gives up whole blocks of entries at once, so a surplus goes in one command;
-- for what is too old the entries have to be read.
local LOOKS, LOOK = 20, 250

-- Removes what is too old; whether there may be more.
local function drop_old(log, since)
  for _ = 1, LOOKS do
    local entries = call('XRANGE', log, '-', '+', 'COUNT', LOOK)
    local kept
    for _, entry in ipairs(entries) do
      if tonumber(entry[2][4]) >= since then
        kept = entry[1]
        break
      end
    end
    if kept then
      if kept ~= entries[1][1] then call('XTRIM', log, 'MINID', kept) end
      return false
    end
    if #entries == 0 then return false end
    call('XTRIM', log, 'MAXLEN', math.max(0, call('XLEN', log) - #entries))
  end
  return true
end

local function cut_log()
  local log = P .. 'events'
  local first = call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
  if not first then return false end
  local age, most, shards = unpack(call('HMGET', META, 'event_age', 'event_count', 'shards'))
  age, most = tonumber(age) or 604800000000, tonumber(most) or 100000
  -- Every shard keeps its part.
  most = math.ceil(most / (tonumber(shards) or 1))
  if call('XLEN', log) > most then call('XTRIM', log, 'MAXLEN', most) end
  return tonumber(first[2][4]) < now - age and drop_old(log, now - age)
end
