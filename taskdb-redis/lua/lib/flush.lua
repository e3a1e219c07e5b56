-- Writes what was collected: one HSET a job, one set of moves a lane.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
-- Claims that have ended, with the places of their tasks.
local ended_claims, ended_places = {}, {}

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
  for _, lane in pairs(j.lanes) do
    if lane.unsaved then
      put_lane(j, lane)
      if lane.fresh then list_lane(j, lane) end
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
  for _, claim in ipairs(ended_claims) do call('HDEL', claims_key(claim), claim) end
  bulk('ZREM', P .. 'expiring', ended_places)
  ended_claims, ended_places = {}, {}
  send_wake()
end
