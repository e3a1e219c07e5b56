-- Lanes: what a job has in one stream, its counts and the set of its tasks that can move.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
--
-- Most jobs of many have one task. What follows from its record is not kept a second time:
-- `l<stream>` and the set come with a second task (or are left of an earlier release, until
-- they change), `lanes` with a second stream.
local DELAYED = -1000000000000

-- Whether a job has never had a task but `init`.
local function is_single(j)
  return j.next <= 1
end

local function parse_lane(j, stream, raw)
  local a, b, c, d, e, f = 0, 0, 0, 0, 0, 0
  local only = not raw and is_single(j) and j.count > 0 and get_task(j, 0)
  if raw then a, b, c, d, e, f = unpack_from(LANE, raw) end
  local lane = {
    a, b, c, d, e, f, stream = stream, key = j.key .. ':lane:' .. whole(stream), moves = {},
    listed = false, fresh = not raw, stored = raw, changed = false, unsaved = false,
    seen = raw and #raw > 24 and { unpack_from(SEEN, raw, 25) } or nil,
  }
  if only and only.stream == stream then lane[only.state + 1], lane.fresh = 1, false end
  lane.listed = lane[READY + 1] > 0 and not stopped(j)
  j.lanes[stream] = lane
  return lane
end

local function lane_of(j, stream)
  return j.lanes[stream] or parse_lane(j, stream, call('HGET', j.key, 'l' .. whole(stream)))
end

-- The numbers of the streams of a job, packed.
local function lane_numbers(j)
  if not j.lane_numbers then
    local raw = call('HMGET', j.key, 'lanes', 'ninit')
    j.lane_numbers = raw[1] or raw[2] and string.sub(raw[2], 5, 10) or ''
  end
  return j.lane_numbers
end

-- Every lane of a job.
local function all_lanes(j)
  local known = lane_numbers(j)
  for at = 1, #known, 6 do lane_of(j, (unpack_from('<I6', known, at))) end
  return j.lanes
end

-- The score of a task in the set of its lane, if it belongs there: its age when it is ready,
-- the negative of that, less one, while it runs, and far below when it is delayed.
local function lane_score(t)
  if t.state == READY then return t.age end
  if t.state == RUNNING then return -t.age - 1 end
  return delayed_until(t) and DELAYED - t.age
end

-- The ages of those that run, and of those that are delayed.
local function running_ages(j, lane)
  if is_single(j) then return lane[RUNNING + 1] > 0 and { 0 } or {} end
  return call('ZRANGEBYSCORE', lane.key, '(' .. whole(DELAYED / 2), '(0')
end

local function delayed_ages(j, lane)
  if is_single(j) then return j.delayed > 0 and { 0 } or {} end
  return call('ZRANGEBYSCORE', lane.key, '-inf', '(' .. whole(DELAYED / 2))
end

-- Makes room for a task of an age. What followed from the record of `init` is written when
-- that is no longer alone.
local function grow(j, age)
  if j.next == 1 and age > 0 then
    local t = get_task(j, 0)
    local lane = lane_of(j, t.stream)
    lane.moves[0], lane.changed, j.changed = lane_score(t) or nil, true, true
  end
  if age >= j.next then j.next = age + 1 end
end
