-- Counts the running jobs of a user.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 user
-- returns: {'ok', count}
return { 'ok', tonumber(call('HGET', P .. 'running_jobs', ARGV[2])) or 0 }
