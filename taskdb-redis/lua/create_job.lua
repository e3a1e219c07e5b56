-- Makes a job and its task `init`.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2-13 a job, see new_job
-- returns: {'ok', job id} or a refusal
if not may_change then return { 'closed', gate } end

local answer = make_job(2)
flush()
return answer
