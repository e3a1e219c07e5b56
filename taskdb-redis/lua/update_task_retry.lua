-- Ends an attempt of a running task.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2-5 a target; 6 the delay in microseconds, or empty for that of its rules
-- returns: {'ok', 1 or 0, unfinished} or a refusal
if not may_change then return { 'closed', gate } end

local aim = aim_at(2)
if repeats(aim, BY_RETRY) then return { 'ok', 1, 0 } end
if repeats(aim, BY_LAST_RETRY) then return { 'ok', 0, 0 } end
if aim.over then return { aim.over[1], aim.over[2], 0 } end
local j, t = aim.job, aim.task
if t.state ~= RUNNING then return { 'ok', 0, 0 } end
local closing, last = BY_NONE, BY_NONE
if aim.claimed then closing, last = BY_RETRY, BY_LAST_RETRY end
local start_at
if ARGV[6] == '' then
  start_at = retry_rules(j, t)
elseif ARGV[6] ~= '0' then
  start_at = now + ARGV[6]
end
local again = retry(j, t, closing, last, false, start_at)
close_if_over(j)
flush()
return { 'ok', again and 1 or 0, unfinished and 1 or 0 }
