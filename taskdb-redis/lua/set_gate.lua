-- Opens or closes the namespace, and sets or removes its mark.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 the gate; 3 the mark or empty
-- returns: {'ok'}
call('HSET', META, 'gate', ARGV[2])
if ARGV[3] ~= '' then call('HSET', META, 'mark', ARGV[3]) else call('HDEL', META, 'mark') end
wake_everyone = tonumber(ARGV[2]) == OPEN
if wake_everyone then send_wake() end
return { 'ok' }
