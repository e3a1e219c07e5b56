-- Carries on a large release that a call has begun, by one step.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now
-- returns: {'ok', unfinished}
carry_on()
flush()
return { 'ok', unfinished and 1 or 0 }
