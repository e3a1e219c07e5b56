-- Listing every stream by its number anew, in bounded steps.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
--
-- `relisted` in the hash `mended` is which of the lists by id is read, and from where on.
local LISTS, STEP, LEAST = { P .. 'streams', P .. 'deleted_streams' }, 500, 50

-- Takes a step; whether every stream is listed.
local function relist_streams()
  local state = call('HGET', P .. 'mended', 'relisted') or '1 0'
  local list, cursor = string.match(state, '(%d) (%d+)')
  list = tonumber(list)
  local left, add, found = STEP, {}, nil
  if not LISTS[list] then return true end
  while left > 0 and LISTS[list] do
    cursor, found = unpack(call('HSCAN', LISTS[list], cursor, 'COUNT', left))
    for i = 1, #found, 2 do add[#add + 1], add[#add + 2] = found[i + 1], found[i] end
    -- A list that was longer before may be read without finding any.
    left = left - math.max(#found / 2, LEAST)
    if cursor == '0' then list = list + 1 end
  end
  bulk('ZADD', P .. 'streams_by_number', add)
  call('HSET', P .. 'mended', 'relisted', format('%d %s', list, cursor))
  return not LISTS[list]
end
