-- Which streams are there.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing

-- The number of a stream, as text, and whether it is deleted and there for the tasks that name
-- it. What else a deleted stream has left, its number, may be that of another by now.
local function known_number(id)
  for i, key in ipairs({ P .. 'streams', P .. 'deleted_streams' }) do
    local number = call('HGET', key, id)
    if number and call('HGET', P .. 'stream:' .. number .. ':counters', 'id') == id then
      return number, i == 2
    end
  end
end
