-- Puts claimed tasks back at their old places, retries unchanged.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; then targets (4)
-- returns: {'ok', answer..}; an answer is {'ok', 1 or 0} or a refusal
if not may_change then return { 'closed', gate } end

local function put(at)
  local aim = aim_at(at)
  if repeats(aim, BY_RELEASE) then return { 'ok', 1 } end
  if repeats(aim, BY_LAST_RELEASE) then return { 'ok', 0 } end
  if aim.over then return aim.over end
  return { 'ok', release(aim.job, aim.task) and 1 or 0 }
end

local answers = {}
for at = 2, #ARGV, 4 do answers[#answers + 1] = put(at) end
flush()
return { 'ok', unpack(answers) }
