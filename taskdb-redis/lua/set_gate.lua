-- Opens or closes the namespace.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 the gate
-- returns: {'ok'}
call('HSET', META, 'gate', ARGV[2])
wake_everyone = tonumber(ARGV[2]) == OPEN
if wake_everyone then send_wake() end
return { 'ok' }
