-- Deletes jobs of a finished state, the oldest first, a bounded number a call.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2-3 see purge; 4 how many of the newest stay, or empty; 5 lowest and 6 highest
--   number of a job; 7 most jobs to delete
-- returns: {'ok', number of jobs deleted, the number to go on with or ''} or {'closed', gate}
if not may_change then return { 'closed', gate } end

local newest, most, deleted, over = tonumber(ARGV[4]), tonumber(ARGV[7]), 0, false
local surplus = newest and count_purgeable() - newest or 0
local next_number = walk_purgeable(ARGV[5], ARGV[6], function(j)
  over = deleted >= surplus and not is_old(j)
  if over or deleted == most then return true end
  discard(j)
  deleted = deleted + 1
end)
flush()
return { 'ok', deleted, over and '' or next_number }
