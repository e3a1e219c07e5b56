-- What every script uses: numbers as text, names inside of keys, long lists.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
local CLASS_SUFFIX = { ':high', '', ':low' }

-- Numbers as text, without an exponent and with every digit. Formatting an integer costs a
-- fraction of formatting a double.
local function whole(number)
  return format('%d', number)
end

local function exact(number)
  return format(number % 1 == 0 and '%d' or '%.17g', number)
end

-- A worker type inside of a key: `:` has a meaning there.
local function escaped(name)
  if string.find(name, '[%%:]') then
    return (string.gsub(name, '[%%:]', { ['%'] = '%25', [':'] = '%3A' }))
  end
  return name
end

-- Where a claim id is: claims lie in 256 hashes by the first byte of their ids, so that some
-- can be read without the others.
local function claims_key(id)
  return format('%sclaims:%02x', P, string.byte(id))
end

-- Runs a command with a list of arguments, a long one in pieces that Lua can take; pairs
-- stay together.
local PIECE = 1000
local function bulk(command, key, list)
  local size = #list
  for from = 1, size, PIECE do
    local upto = from + PIECE - 1
    call(command, key, unpack(list, from, upto < size and upto or size))
  end
end
