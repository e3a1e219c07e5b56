-- Tells which of these jobs lie here, or at least the kept output of one.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; then job ids, at most 1000
-- returns: {'ok', 1 or 0..}
local found = { 'ok' }
for at = 2, #ARGV do
  local id = ARGV[at]
  local here = call('EXISTS', P .. 'job:' .. id) == 1
    or call('HEXISTS', P .. 'kept', id .. '/init') == 1
  found[at] = here and 1 or 0
end
return found
