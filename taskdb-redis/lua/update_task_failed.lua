-- Fails tasks, each on its own, in order, with their consequences.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; then for each: a target (4) and the error
-- returns: {'ok', unfinished, answer..}; an answer is {'ok', 1 or 0} or a refusal
if not may_change then return { 'closed', gate } end

local function fail(at)
  local aim, error = aim_at(at), ARGV[at + 4]
  local j, t = aim.job, aim.task
  if aim.over then
    return repeats(aim, BY_FAILED) and t.error == error and { 'ok', 1 } or aim.over
  end
  if effective(j, t.state) >= DONE then return { 'ok', 0 } end
  terminate(j, t, FAILED, error, aim.claimed and BY_FAILED or BY_NONE)
  close_if_over(j)
  return { 'ok', 1 }
end

read_targets(2, function() return 5 end)
local answers = {}
for at = 2, #ARGV, 5 do answers[#answers + 1] = fail(at) end
flush()
return { 'ok', unfinished and 1 or 0, unpack(answers) }
