-- What a claim does before: carries on releases, fails what nobody has started in
-- time, and makes due delayed tasks ready.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
help()
fail_overdue()
promote()
