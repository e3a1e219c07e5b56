-- Replays one task of a stopped job, in steps.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 job id; 3 task name; 4 the step: empty to begin, or `start`; 5 its first age
-- returns: {'ok', next step or '' at the end, its first age} or a refusal
if not may_change then return { 'closed', gate } end

local j, place = find_job(ARGV[2], 'n' .. ARGV[3])
if not j then return { 'no_job' } end
local t = named_task(j, place)
if not t then return { 'no_task' } end
local pass, from = ARGV[4], tonumber(ARGV[5])
if not stopped(j) then return pass ~= '' and { 'ok', '', 0 } or { 'job_runs', j.state } end

if pass == '' then
  if t.state == DONE or t.state == RUNNING then return { 'task_runs', t.state } end
  if releases_left(j) then
    flush()
    return { 'ok', 'wait', 0 }
  end
  local ended = t.state >= FAILED
  if ended and has_dead_prerequisite(j, t) then return { 'blocked' } end
  if ended and t.tolerated and was_relied_on(j, t) then return { 'relied_on' } end
  local missing = deleted_stream(j, function(other) return other.state < DONE or other == t end)
  if missing then return { 'stream_gone', missing } end
  touch(j)
  call('HSET', j.key, 'replaying', 1)
  if ended then
    revive(j, t)
  else
    clear_trial(j, t)
  end
  from = 0
end
local answer = restart(j, from)
flush()
return answer
