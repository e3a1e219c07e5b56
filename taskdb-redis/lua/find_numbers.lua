-- Tells the numbers of streams that are there.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; then ids of streams
-- returns: {'ok', and for each its number or '', and `1` if it is deleted..}
local found = { 'ok' }
for i = 2, #ARGV do
  local number, deleted = known_number(ARGV[i])
  found[#found + 1], found[#found + 2] = number or '', deleted and '1' or '0'
end
return found
