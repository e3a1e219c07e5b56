-- What a claim does before: carries on releases, and makes due delayed tasks ready.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
help()
promote()
