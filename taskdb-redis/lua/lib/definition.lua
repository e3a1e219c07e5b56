-- Stored definitions: the names of the prerequisites before the task's own.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing

-- The names at the head of a stored definition, in order.
local function names_of(blob)
  local size, at = unpack_from('<I4', blob)
  local names, last = {}, at + size
  while at < last do
    names[#names + 1], at = unpack_from('<I2c0', blob, at)
  end
  return names
end
