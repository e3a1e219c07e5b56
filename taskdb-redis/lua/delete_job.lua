-- Deletes a job in any state.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 job id; 3 microseconds that the output of `init` is kept, or 0
-- returns: {'ok', `1` if there was such a job} or a refusal
if not may_change and call('HEXISTS', META, 'mark') == 0 then return { 'closed', gate } end

expire_kept(100)
local j = find_job(ARGV[2])
if not j then return { 'ok', 0 } end
local keep = tonumber(ARGV[3])
discard(j, keep > 0 and now + keep or nil)
flush()
return { 'ok', 1 }
