-- Adds tasks to a job, all or none.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 job id; 3 most tasks of a job; then the four values of each task
-- returns: {'ok'} or a refusal
if not may_change then return { 'closed', gate } end

local j = find_job(ARGV[2])
if not j then return { 'no_job' } end
local fresh, refusal = plan(j, 4, (#ARGV - 3) / 4, tonumber(ARGV[3]))
if refusal then return refusal end
create(j, fresh)
-- Tasks that ended as they began may have been the last.
if j.open == 0 or j.hard > 0 then on_demand()(j) end
flush()
return { 'ok' }
