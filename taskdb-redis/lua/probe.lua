-- Writes something, reads it back and removes it.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now
-- returns: {'ok', what was written, what was read} or {'closed', gate}
if not may_change then return { 'closed', gate } end

local key, written = P .. 'probe', whole(now)
call('SET', key, written)
local read = call('GET', key)
call('DEL', key)
return { 'ok', written, read }
