-- Reads which jobs of a finished state are the oldest, a bounded number a call.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2-3 see purge; 4 lowest number of a job; 5 most jobs to read
-- returns: {'ok', how many there are in all, the number to go on with or '', {number, `1` if it
--   has not changed for long}..}
local found, most = {}, tonumber(ARGV[5])
local next_number = walk_purgeable(ARGV[4], '+inf', function(j)
  if #found == most then return true end
  found[#found + 1] = { j.number, is_old(j) and 1 or 0 }
end)
return { 'ok', count_purgeable(), next_number, unpack(found) }
