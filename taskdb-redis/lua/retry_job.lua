-- Replays a stopped job, in steps.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 job id; 3 the step: empty to begin, `revive` or `start`; 4 its first age
-- returns: {'ok', next step or '' at the end, its first age} or a refusal
if not may_change then return { 'closed', gate } end

local j, pass, from = find_job(ARGV[2]), ARGV[3], tonumber(ARGV[4])
if not j then return { 'no_job' } end
if not stopped(j) then
  -- Somebody else has completed the replay that this call had begun.
  return pass ~= '' and { 'ok', '', 0 } or { 'job_runs', j.state }
end

local function needed(t)
  if t.state < DONE then return true end
  return t.state >= FAILED and not (t.tolerated and was_relied_on(j, t))
end

local answer
if pass == '' then
  if releases_left(j) then
    flush()
    return { 'ok', 'wait', 0 }
  end
  local missing = deleted_stream(j, needed)
  if missing then return { 'stream_gone', missing } end
  touch(j)
  call('HSET', j.key, 'replaying', 1)
  pass, from = 'revive', 0
end
if pass == 'revive' then
  local next_age = walk(j, from, bring_back)
  if next_age then answer = { 'ok', 'revive', next_age } else pass, from = 'start', 0 end
end
answer = answer or restart(j, from)
flush()
return answer
