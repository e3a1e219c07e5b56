-- Ends an attempt of a running task.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2-5 a target; 6 the delay in microseconds
-- returns: {'ok', 1 or 0, unfinished} or a refusal
if not may_change then return { 'closed', gate } end

local aim, delay_micros = aim_at(2), tonumber(ARGV[6])
if repeats(aim, BY_RETRY) then return { 'ok', 1, 0 } end
if repeats(aim, BY_LAST_RETRY) then return { 'ok', 0, 0 } end
if aim.over then return { aim.over[1], aim.over[2], 0 } end
local j, t = aim.job, aim.task
if t.state ~= RUNNING then return { 'ok', 0, 0 } end
local closing, last = BY_NONE, BY_NONE
if aim.claimed then closing, last = BY_RETRY, BY_LAST_RETRY end
local start_at = delay_micros > 0 and now + delay_micros or nil
local again = retry(j, t, closing, last, false, start_at)
close_if_over(j)
flush()
return { 'ok', again and 1 or 0, unfinished and 1 or 0 }
