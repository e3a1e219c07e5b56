-- Finished jobs that retention looks at, and those it passes by.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
local KEPT_JOBS = P .. 'kept_jobs'

local function is_kept(id)
  return call('ZSCORE', KEPT_JOBS, id) and true or false
end

local function set_kept(j, kept)
  if kept then call('ZADD', KEPT_JOBS, j.number, j.id) else call('ZREM', KEPT_JOBS, j.id) end
end
