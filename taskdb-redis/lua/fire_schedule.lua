-- Moves a schedule from one tick to the next and makes the job of the tick.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 name; 3 revision; 4 tick; 5 next tick or empty; 6 `1` with a job; 7-18 the job,
--   see new_job
-- returns: {'ok', 1}, {'ok', 0} where the schedule stands elsewhere, or a refusal
if not may_change then return { 'closed', gate } end

local name, tick = ARGV[2], ARGV[4]
local revision, next_at = unpack(call('HMGET', schedule_key(name), 'revision', 'next_at'))
if revision ~= ARGV[3] or next_at ~= tick or tonumber(tick) > now then return { 'ok', 0 } end
if ARGV[6] == '1' then
  local made = make_job(7)
  if made[1] ~= 'ok' then return made end
  call('HSET', schedule_key(name), 'fired_at', tick)
end
set_tick(name, ARGV[5])
flush()
return { 'ok', 1 }
