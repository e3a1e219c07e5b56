-- Reads a part of the event log.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 the entry to go on after, `-` for the first or `+` for the end; 3 limit
-- returns: {'ok', the entry to go on after, whether there is more, entry..}; an entry is
--   {its id, {field, value..}}
local log, from, limit = P .. 'events', ARGV[2], tonumber(ARGV[3])
if from == '+' then
  local last = call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
  return { 'ok', last and last[1] or '0-0', 0 }
end
if from == '-' then from = '0-0' end
local entries = call('XRANGE', log, '(' .. from, '+', 'COUNT', limit + 1)
local more = #entries > limit
if more then entries[#entries] = nil end
if #entries > 0 then from = entries[#entries][1] end
return { 'ok', from, more and 1 or 0, unpack(entries) }
