-- Deletes jobs that are done, oldest first, in steps.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 microseconds that outputs of `init` are kept, or 0; 3 the number below which
--   jobs are looked at, or empty for those that exist; 4 most jobs of this step
-- returns: {'ok', number of jobs deleted, the number to go on with}, or {'closed', gate}
if not may_change then return { 'closed', gate } end

expire_kept(100)
local keep = tonumber(ARGV[2])
local ends = ARGV[3] ~= '' and ARGV[3] or call('HGET', META, 'next_job') or '0'
local done = call('ZRANGEBYSCORE', P .. 'done_jobs', '-inf', '(' .. ends, 'LIMIT', 0, ARGV[4])
for _, id in ipairs(done) do
  discard(find_job(id), keep > 0 and now + keep or nil)
end
flush()
return { 'ok', #done, ends }
