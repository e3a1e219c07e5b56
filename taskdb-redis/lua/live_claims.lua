-- Tells which of these claim ids hold a task here.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; then claim ids, at most 1000
-- returns: {'ok', 1 or 0..}
local found = { 'ok' }
for at = 2, #ARGV do found[at] = call('HEXISTS', claims_key(ARGV[at]), ARGV[at]) end
return found
