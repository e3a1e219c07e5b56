-- Jobs of a finished state by age, those that retention passes by left out.
-- KEYS: 1 as in base
-- ARGV: 2 the state; 3 microseconds since their last change after which jobs go, or empty
-- returns: nothing
local LOOK = 500
local STATE_JOBS, older_than = P .. FINISHED[tonumber(ARGV[2])], tonumber(ARGV[3])

local function count_purgeable()
  return call('ZCARD', STATE_JOBS) - call('ZINTERCARD', 2, STATE_JOBS, KEPT_JOBS)
end

local function is_old(j)
  return older_than and j.updated + older_than <= now or false
end

-- Visits them from one number up to another until `visit` answers true; the number to go on
-- with, or '' when nothing is left.
local function walk_purgeable(from, upto, visit)
  local rows = call('ZRANGEBYSCORE', STATE_JOBS, from, upto, 'WITHSCORES', 'LIMIT', 0, LOOK)
  for at = 1, #rows, 2 do
    local j = not is_kept(rows[at]) and find_job(rows[at])
    if j and visit(j) then return rows[at + 1] end
  end
  return #rows == 2 * LOOK and whole(tonumber(rows[#rows]) + 1) or ''
end
