-- Tells the numbers of streams.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; then ids of streams
-- returns: {'ok', number or ''..}
local found = { 'ok' }
for i = 2, #ARGV do
  found[i] = call('HGET', P .. 'streams', ARGV[i]) or call('HGET', P .. 'deleted_streams', ARGV[i]) or ''
end
return found
