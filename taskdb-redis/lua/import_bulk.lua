-- Writes whole jobs of an export that are not there yet, with all that follows from the page.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 number of streams; for each its id and its number; then jobs: 14 values as
--   `take_job` has them, next age, times and ages of failures that are not tolerated, number of lanes,
--   number of fields; for each lane its stream, counts and ages of ready tasks; for each field its name and value
-- returns: {'ok', `1`}, or {'ok', `0`} with nothing written where more has to be asked; or a refusal
if not may_change and call('HEXISTS', META, 'mark') == 0 then return { 'closed', gate } end

local STREAMS, JOB, LANE_VALUES = tonumber(ARGV[2]), 18, 3

local function streams_are_known()
  for i = 1, STREAMS do
    local at = 1 + 2 * i
    if call('HGET', stream_key(tonumber(ARGV[at + 1])), 'id') ~= ARGV[at] then return false end
  end
  return true
end

-- Calls with the place of each job, and that of its lanes and fields and what comes after.
local function each_job(visit)
  local at = 3 + 2 * STREAMS
  while at <= #ARGV do
    local lanes = at + JOB
    local fields = lanes + LANE_VALUES * tonumber(ARGV[at + 16])
    local after = fields + 2 * tonumber(ARGV[at + 17])
    if visit(at, lanes, fields, after) == false then return false end
    at = after
  end
  return true
end

local function is_new(at)
  local number = ARGV[at + 1]
  if find_job(ARGV[at]) then return false end
  return not call('ZRANGEBYSCORE', P .. 'jobs', number, number)[1]
end

local function take_lane(j, at)
  local stream, ready = tonumber(ARGV[at]), ARGV[at + 2]
  local lane, s = parse_lane(j, stream, ARGV[at + 1]), load_stream(stream)
  lane.fresh, lane.listed, lane.changed = true, false, true
  for state = PENDING, CANCELLED do
    local n = lane[state + 1]
    if n > 0 then
      count(s, j.class + 1, effective(j, state), n, j.number)
      j.count = j.count + n
      if state ~= DONE then j.unresolved = j.unresolved + n end
      if state < DONE then j.open = j.open + n end
    end
  end
  for place = 1, #ready, 4 do
    local age = unpack_from('<I4', ready, place)
    lane.moves[age] = age
  end
  if lane[2] > 0 and not stopped(j) then wake(s, lane[2]) end
end

-- As `harden` would, one after the other.
local function take_failures(j, packed)
  local add = {}
  for place = 1, #packed, 12 do
    add[#add + 1] = whole((unpack_from('<i8', packed, place)))
    add[#add + 1] = string.sub(packed, place + 8, place + 11)
  end
  j.hard = #packed / 12
  bulk('ZADD', j.key .. ':failures', add)
end

local function take_whole(at, lanes, fields, after)
  take_job(at, false)
  local j = find_job(ARGV[at])
  j.next = tonumber(ARGV[at + 14])
  take_failures(j, ARGV[at + 15])
  for lane = lanes, fields - 1, LANE_VALUES do take_lane(j, lane) end
  for from = fields, after - 1, 4000 do
    call('HSET', j.key, unpack(ARGV, from, math.min(from + 3999, after - 1)))
  end
end

if not (streams_are_known() and each_job(is_new)) then return { 'ok', '0' } end
each_job(take_whole)
flush()
return { 'ok', '1' }
