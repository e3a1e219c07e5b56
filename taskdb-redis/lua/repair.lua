-- Recomputes what is derived of one job from its tasks, one bounded step a call.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 lowest number of the job; 3 `1` to begin anew with the first that is found;
--   4 the number below which jobs are mended, or empty for those that exist
-- returns: {'ok', number below which jobs are mended, number to go on with or '' after the last,
--   `1` to begin with that one, tasks readied, tasks recounted, `1` when the job was mended} or
--   {'closed', gate}
if not may_change then return { 'closed', gate } end

local ends = ARGV[4] ~= '' and ARGV[4] or call('HGET', META, 'next_job') or '0'
local id = call('ZRANGEBYSCORE', P .. 'jobs', ARGV[2], '(' .. ends, 'LIMIT', 0, 1)[1]
if not id then return { 'ok', ends, '', 1, 0, 0, 0 } end
local j, readied, recounted = find_job(id), 0, 0
local again, behind = whole(j.number), whole(j.number + 1)
local fresh = ARGV[3] == '1' or j.number ~= tonumber(ARGV[2])
-- Counts of prerequisites and lists of dependants are right between releases alone.
releasing = call('ZCARD', P .. 'releasing')
if releases_left(j) then
  flush()
  recount('releasing')
  return { 'ok', ends, again, fresh and 1 or 0, 0, 0, 0 }
end
if fresh then begin_mending(j, 1) end

local age, posts, lane, cursor = unpack(call('HMGET', mend_key(j), 'age', 'posts', 'lane', 'cursor'))
-- Two may mend a job at a time: each goes on where it stands, and one comes to its end.
if not age then return { 'ok', ends, behind, 1, 0, 0, 0 } end
age, posts, lane = tonumber(age), tonumber(posts) or 0, tonumber(lane) or 1
local numbers, mended, over = lane_numbers(j), false, false
if age < j.next then readied, recounted, age = visit_tasks(j, age) end
-- What follows needs all tasks visited, also those made since the step before: so that a job
-- which grows all the time is mended too, it comes in the same step.
local all_seen = age == j.next
if all_seen and posts < j.next then
  posts = compare_posts(j, posts)
  all_seen = posts == j.next
end
if all_seen and 6 * lane <= #numbers then
  -- What was put right in this step is in the lane before it is read.
  flush_lanes(j)
  cursor = scan_lane(j, lane_of(j, (unpack_from('<I6', numbers, 6 * lane - 5))), cursor or '0')
  call('HSET', mend_key(j), 'cursor', cursor, 'lane', cursor == '0' and lane + 1 or lane)
elseif all_seen then
  flush_lanes(j)
  over, mended = end_mending(j)
end
j.changed = true
flush()
recount('delayed')
return { 'ok', ends, over and behind or again, over and 1 or 0, readied, recounted, mended and 1 or 0 }
