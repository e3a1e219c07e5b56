-- Stored definitions: the names of the prerequisites before the task's own.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing

-- The names at the head of a stored definition, in order; nothing where it is cut short.
local function read_names(blob)
  local size, names, at = #blob, {}, 5
  local last = size >= 4 and at + unpack_from('<I4', blob)
  if not last or last > size + 1 then return end
  while at < last do
    local length = at + 1 < last and unpack_from('<I2', blob, at)
    if not length or at + 2 + length > last then return end
    names[#names + 1], at = string.sub(blob, at + 2, at + 1 + length), at + 2 + length
  end
  return names
end

-- The same of one that has to be whole.
local function names_of(blob)
  return read_names(blob) or error('a stored definition is cut short')
end
