-- Tells whether a namespace has been made.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now
-- returns: {'ok', `1` or `0`}
return { 'ok', call('HEXISTS', META, 'format') == 1 and '1' or '0' }
