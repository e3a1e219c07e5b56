-- Moves the lease of claims on, never their timeout.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 lease in microseconds, or empty for the one a claim has; then targets (4)
-- returns: {'ok', answer..}; an answer is {'ok', deadline, state of the job} or a refusal
if not may_change then return { 'closed', gate } end

local function renew(at)
  local aim = aim_at(at)
  if aim.over then return aim.over end
  local j, t = aim.job, aim.task
  local lease = tonumber(ARGV[2]) or t.lease
  t.lease, t.changed, j.changed = lease, true, true
  t.lease_end, t.deadline = NONE, t.work_end
  if lease ~= NONE then
    t.lease_end = now + lease
    t.deadline = math.min(t.lease_end, t.work_end)
  end
  call('ZADD', P .. 'expiring', whole(t.deadline), place_of(j, t.age))
  return { 'ok', whole(t.deadline), j.state }
end

local answers = {}
for at = 3, #ARGV, 4 do answers[#answers + 1] = renew(at) end
flush()
return { 'ok', unpack(answers) }
