-- Reads jobs by age, a bounded number a call.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 lowest number; 3 most jobs to look at; 4 user or empty; 5 state or empty
-- returns: {'ok', number to go on with or '', job..}; a job is as in
--   get_job
local ids = call('ZRANGEBYSCORE', P .. 'jobs', ARGV[2], '+inf', 'LIMIT', 0, ARGV[3])
local found, last = {}, nil
for _, id in ipairs(ids) do
  local j = find_job(id)
  last = j.number
  local wanted = (ARGV[4] == '' or j.user == ARGV[4]) and (ARGV[5] == '' or j.state == tonumber(ARGV[5]))
  if wanted then
    local raw = call('HMGET', j.key, 'h', 'error', 'about')
    found[#found + 1] = { id, raw[1], raw[2], is_kept(id) and 1 or 0, raw[3] }
  end
end
return { 'ok', #ids == tonumber(ARGV[3]) and whole(last + 1) or '', unpack(found) }
