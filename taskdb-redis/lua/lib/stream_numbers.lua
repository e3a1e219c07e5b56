-- The numbers of streams in order, some at a time.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
--
-- Numbers that lie close together are counted through; those that come from another store may
-- lie far apart, and are then read from where the streams are listed.
local LOOSE = 4

-- At most so many numbers from one on, below an end, and the one to go on with. Not every
-- number is that of a stream.
local function stream_numbers(first, ends, most)
  local live, deleted = P .. 'streams', P .. 'deleted_streams'
  local found = {}
  if ends - first <= most + LOOSE * (call('HLEN', live) + call('HLEN', deleted)) then
    local upto = math.min(ends, first + most)
    for number = first, upto - 1 do found[#found + 1] = number end
    return found, upto < ends and upto or nil
  end
  for _, key in ipairs({ live, deleted }) do
    for _, text in ipairs(call('HVALS', key)) do
      local number = tonumber(text)
      if number >= first and number < ends then found[#found + 1] = number end
    end
  end
  table.sort(found)
  local following = found[most + 1]
  for i = #found, most + 1, -1 do found[i] = nil end
  return found, following
end
