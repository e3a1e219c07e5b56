-- Cancels a running job: running tasks at once, what waits in effect.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 job id
-- returns: {'ok'} or a refusal
if not may_change then return { 'closed', gate } end

local j = find_job(ARGV[2])
if not j then return { 'no_job' } end
if j.state ~= JOB_RUNNING then return { 'ok' } end
touch(j)
set_state(j, JOB_CANCELLED)
j.fields[#j.fields + 1], j.fields[#j.fields + 2] = 'error', 'cancelled'
for _, lane in pairs(all_lanes(j)) do
  for _, age in ipairs(running_ages(j, lane)) do
    local t = get_task(j, tonumber(age))
    put_back(j, t, BY_NONE, t.progress, nil)
  end
end
note_job(j, 'cancelled')
flush()
return { 'ok' }
