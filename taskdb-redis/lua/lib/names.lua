-- Tasks by the names that callers and sets have for them.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing

-- The task at a place that its name gave, read together with the counts of its lane.
local function named_task(j, place)
  if not place then return place end
  local age, stream = unpack_from('<I4I6', place)
  if j.tasks[age] == nil and not j.lanes[stream] then
    local raw = call('HMGET', j.key, 't' .. whole(age), 'l' .. whole(stream))
    j.tasks[age] = raw[1] and parse_task(raw[1], age)
    parse_lane(j, stream, raw[2])
  end
  return get_task(j, age)
end

local function find_task(j, name)
  return named_task(j, call('HGET', j.key, 'n' .. name))
end

-- The name of a task in the sets of a namespace, in the order of its age.
local function place_of(j, age)
  return pack('>I6I4', j.number, age)
end
