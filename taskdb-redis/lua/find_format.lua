-- Tells whether a namespace has been made.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now
-- returns: {'ok', `1` or `0`}
return { 'ok', tostring(call('HEXISTS', META, 'format')) }
