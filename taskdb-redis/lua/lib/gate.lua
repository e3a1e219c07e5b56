-- Reads what the namespace takes, what lies waiting in it, and what its event log wants.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing; a mutation replies {'closed', gate} unless `may_change`
local OPEN, NO_CLAIMS, READ_ONLY = 0, 1, 2
local gate, delayed, releasing, starting, mending, event_level =
  unpack(call('HMGET', META, 'gate', 'delayed', 'releasing', 'starting', 'mending', 'event_level'))
-- What a tool does that fills a closed namespace is no event.
event_level = tonumber(gate) == READ_ONLY and 0 or tonumber(event_level) or 1
-- While streams are mended: the number below which jobs have been counted, see `count`.
mending = tonumber(mending)
gate = tonumber(gate) or OPEN
local may_change = gate ~= READ_ONLY

-- The sizes of both sets are kept beside the gate, so that one read tells that they
-- are empty, as they mostly are.
local function recount(set)
  call('HSET', META, set, call('ZCARD', P .. set))
end
