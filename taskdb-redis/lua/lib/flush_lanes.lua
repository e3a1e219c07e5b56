-- Writes what was collected for the lanes of a job.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
local function ready_key(stream, class)
  return P .. 'stream:' .. whole(stream) .. ':ready' .. CLASS_SUFFIX[class]
end

local function flush_moves(lane)
  local add, rem = {}, {}
  for age, score in pairs(lane.moves) do
    if score then
      add[#add + 1], add[#add + 2] = score, whole(age)
    else
      rem[#rem + 1] = whole(age)
    end
  end
  bulk('ZREM', lane.key, rem)
  bulk('ZADD', lane.key, add)
end

local function flush_lane(j, lane)
  if not is_single(j) then flush_moves(lane) end
  lane.moves = {}
  local should = lane[2] > 0 and not stopped(j)
  if should and not lane.listed then
    call('ZADD', ready_key(lane.stream, j.class + 1), j.number, j.id)
  elseif lane.listed and not should then
    call('ZREM', ready_key(lane.stream, j.class + 1), j.id)
  end
  lane.listed, lane.changed = should, false
end

local function flush_lanes(j)
  for _, lane in pairs(j.lanes) do
    if lane.changed then
      lane.unsaved = true
      flush_lane(j, lane)
    end
  end
end

local function put(j, field, value)
  local fields = j.fields
  local at = #fields
  fields[at + 1], fields[at + 2] = field, value
end

local function put_lane(j, lane)
  local field, seen = 'l' .. whole(lane.stream), lane.seen
  if seen or not is_single(j) then
    seen = seen and pack(SEEN, unpack(seen, 1, 8)) or ''
    put(j, field, pack(LANE, unpack(lane, 1, 6)) .. seen)
    lane.stored = true
  elseif lane.stored then
    call('HDEL', j.key, field)
    call('UNLINK', lane.key)
    lane.stored = false
  end
end

-- Adds a stream to those of a job. While there is one, it is that of `init`.
local function list_lane(j, lane)
  local first = j.tasks[0]
  j.lane_numbers = lane_numbers(j) .. pack('<I6', lane.stream)
  if #j.lane_numbers > 6 or not first or first.name ~= 'init' or first.stream ~= lane.stream then
    put(j, 'lanes', j.lane_numbers)
  end
end
