-- Takes away claims whose deadline has come, earliest first, ties by age; carries on
-- interrupted releases; fails what nobody has started in time; forgets kept outputs whose time
-- is over; cuts the event log to its bounds.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 most claims of this step
-- returns: {'ok', number of claims taken, number looked at, whether events are left to drop} or
--   {'closed', gate}
if not may_change then return { 'closed', gate } end

help()
expire_kept(100)
if ARGV[2] ~= '0' then fail_overdue() end
local due = call('ZRANGEBYSCORE', P .. 'expiring', '-inf', whole(now), 'LIMIT', 0, ARGV[2])
local taken = 0
for _, place in ipairs(due) do
  local number, age = unpack_from('>I6I4', place)
  local j = numbered_job(number)
  local t = j and get_task(j, age)
  if t and t.state == RUNNING and t.deadline and t.deadline <= now then
    local start_at, most_losses = retry_rules(j, t)
    retry(j, t, BY_NONE, BY_NONE, true, start_at, most_losses)
    close_if_over(j)
    taken = taken + 1
  else
    -- A damaged record must not stop the others.
    call('ZREM', P .. 'expiring', place)
  end
end
flush()
return { 'ok', taken, #due, cut_log() and 1 or 0 }
