-- The numbers of streams in order, some at a time.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
--
-- Numbers that lie close together are counted through; those that come from another store may
-- lie far apart, and are then read from where the streams are listed by number.
local LOOSE = 4

-- From where they are listed by id, all of them at once: where a release before this one has
-- made streams, and `repair` has not listed them by number since.
local function unlisted_numbers(first, ends, most)
  local seen, found = {}, {}
  for _, key in ipairs({ P .. 'streams', P .. 'deleted_streams' }) do
    for _, text in ipairs(call('HVALS', key)) do
      local number = tonumber(text)
      -- A stream may have the number of one that is deleted.
      if number >= first and number < ends and not seen[number] then
        seen[number], found[#found + 1] = true, number
      end
    end
  end
  table.sort(found)
  local following = found[most + 1]
  for i = #found, most + 1, -1 do found[i] = nil end
  return found, following
end

-- At most so many numbers from one on, below an end, and the one to go on with. Not every
-- number is that of a stream.
local function stream_numbers(first, ends, most)
  local listed = call('HLEN', P .. 'streams') + call('HLEN', P .. 'deleted_streams')
  local found = {}
  if ends - first <= most + LOOSE * listed then
    local upto = math.min(ends, first + most)
    for number = first, upto - 1 do found[#found + 1] = number end
    return found, upto < ends and upto or nil
  end
  if call('ZCARD', P .. 'streams_by_number') ~= listed then
    return unlisted_numbers(first, ends, most)
  end
  local page = call('ZRANGEBYSCORE', P .. 'streams_by_number', whole(first), '(' .. whole(ends),
    'WITHSCORES', 'LIMIT', 0, most)
  for i = 2, #page, 2 do
    local number = tonumber(page[i])
    if number ~= found[#found] then found[#found + 1] = number end
  end
  return found, #page == 2 * most and found[#found] + 1 or nil
end
