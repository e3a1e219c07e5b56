-- Writes a schedule, unless it says the same already.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 name; 3 body; 4 next tick or empty
-- returns: {'ok'} or {'closed', gate}
if not may_change then return { 'closed', gate } end

local body, revision = unpack(call('HMGET', schedule_key(ARGV[2]), 'body', 'revision'))
if body == ARGV[3] then return { 'ok' } end
write_schedule(ARGV[2], ARGV[3], whole((tonumber(revision) or 0) + 1), ARGV[4])
return { 'ok' }
