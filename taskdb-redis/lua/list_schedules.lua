-- Reads schedules by name, a bounded number and size a call.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 the name behind which to begin, or empty; 3 most schedules to look at; 4 `1`
--   for those whose tick has come
-- returns: {'ok', name to go on behind or '', schedule..}; a schedule is {name, body, revision,
--   next tick or '', last one that made a job or ''}
local most, due = tonumber(ARGV[3]), ARGV[4] == '1'
if due and call('ZCOUNT', P .. 'schedules_by_tick', '-inf', whole(now)) == 0 then
  return { 'ok', '' }
end

return page_by_name('schedules', ARGV[2], most, function(name)
  local body, revision, tick, fired = unpack(call('HMGET', schedule_key(name), 'body', 'revision',
    'next_at', 'fired_at'))
  if due and not (tick and tonumber(tick) <= now) then return end
  return { name, body, revision, tick or '', fired or '' }, #body
end)
