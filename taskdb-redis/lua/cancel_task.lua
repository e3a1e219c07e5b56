-- Cancels one task, with the consequences of a failure.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 job id; 3 task name
-- returns: {'ok', unfinished} or a refusal
if not may_change then return { 'closed', gate } end

local j, place = find_job(ARGV[2], 'n' .. ARGV[3])
if not j then return { 'no_job' } end
local t = named_task(j, place)
if not t then return { 'no_task' } end
if effective(j, t.state) >= DONE then return { 'ok', 0 } end
if t.state == RUNNING then woken[''] = 1 end
terminate(j, t, CANCELLED, 'cancelled', BY_NONE)
close_if_over(j)
flush()
return { 'ok', unfinished and 1 or 0 }
