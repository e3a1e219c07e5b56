-- Reads a job.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 job id
-- returns: {'ok', id, header, error or nil, `1` if it is kept, name and labels or nil} or {'no_job'}
local raw = call('HMGET', P .. 'job:' .. ARGV[2], 'h', 'error', 'about')
if not raw[1] then return { 'no_job' } end
return { 'ok', ARGV[2], raw[1], raw[2], is_kept(ARGV[2]) and 1 or 0, raw[3] }
