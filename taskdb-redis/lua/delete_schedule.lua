-- Removes a schedule.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 name
-- returns: {'ok'} or {'closed', gate}
if not may_change then return { 'closed', gate } end

call('DEL', schedule_key(ARGV[2]))
call('ZREM', P .. 'schedules', ARGV[2])
call('ZREM', P .. 'schedules_by_tick', ARGV[2])
return { 'ok' }
