-- Says what the event log takes and for how long it keeps it.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 level; 3 age in microseconds; 4 count
-- returns: {'ok'} or {'closed', gate}
if not may_change then return { 'closed', gate } end

call('HSET', META, 'event_level', ARGV[2], 'event_age', ARGV[3], 'event_count', ARGV[4])
return { 'ok' }
