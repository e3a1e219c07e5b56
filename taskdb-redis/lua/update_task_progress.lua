-- Raises the progress of a ready or running task; a running one has its timeout anew.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2-5 a target; 6 the progress, 0 to 1
-- returns: {'ok', 1 or 0} or a refusal
if not may_change then return { 'closed', gate } end

local aim = aim_at(2)
if aim.over then return aim.over end
local j, t = aim.job, aim.task
local state = effective(j, t.state)
if state ~= READY and state ~= RUNNING then return { 'ok', 0 } end
note_step(j, t, 'progress', ARGV[6])
t.progress, t.updated, t.changed = math.max(t.progress, tonumber(ARGV[6])), touch(j), true
if state == RUNNING then
  t.work_end = now + t.timeout * 1000000
  t.deadline = t.lease_end == NONE and t.work_end or math.min(t.work_end, t.lease_end)
  call('ZADD', P .. 'expiring', whole(t.deadline), place_of(j, t.age))
end
flush()
return { 'ok', 1 }
