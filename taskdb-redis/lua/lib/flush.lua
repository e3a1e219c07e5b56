-- Writes what was collected: one HSET a job, one set of moves a lane.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
-- Claims that have ended, with the places of their tasks.
local ended_claims, ended_places = {}, {}

local function ready_key(stream, class)
  return P .. 'stream:' .. whole(stream) .. ':ready' .. CLASS_SUFFIX[class]
end

-- Ready tasks have their age as score, running ones its negative, less one, and delayed
-- ones lie far below them.
local function flush_lane(j, lane)
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

-- Packs a task as it is and will be stored; the record.
local function put_task(j, t)
  local record = pack_task(t)
  put(j, 't' .. whole(t.age), record)
  t.changed = false
  return record
end

local function flush_job(j)
  flush_lanes(j)
  if j.starts then rank_start(j) end
  put(j, 'h', pack(HEADER, j.updated, j.started, j.unresolved, j.open, j.hard, j.delayed, j.next,
    j.count, j.state, j.class, j.number, j.created, #j.user, j.user))
  for stream, lane in pairs(j.lanes) do
    if lane.unsaved then
      local seen = lane.seen and pack(SEEN, unpack(lane.seen, 1, 8)) or ''
      put(j, 'l' .. whole(stream), pack(LANE, unpack(lane, 1, 6)) .. seen)
      if lane.fresh then
        j.lane_numbers = (j.lane_numbers or call('HGET', j.key, 'lanes') or '') .. pack('<I6', stream)
        put(j, 'lanes', j.lane_numbers)
      end
      lane.unsaved, lane.fresh = false, false
    end
  end
  for _, t in pairs(j.tasks) do
    if t and t.changed then put_task(j, t) end
  end
  for field, value in pairs(j.posts) do put(j, field, value) end
  bulk('HSET', j.key, j.fields)
  j.fields, j.posts, j.changed = {}, {}, false
end

local function flush()
  for _, j in pairs(jobs) do
    if j and j.changed then flush_job(j) end
  end
  flush_streams()
  bulk('HDEL', P .. 'claims', ended_claims)
  bulk('ZREM', P .. 'expiring', ended_places)
  ended_claims, ended_places = {}, {}
  send_wake()
end
