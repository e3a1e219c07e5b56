-- Reading the targets of a batch in few commands.
-- KEYS: 1 as in base
-- ARGV: as in claim
-- returns: nothing

-- Splits a list of fields into pieces and reads them; what was found by field.
local function read_fields(j, fields)
  local found = {}
  for from = 1, #fields, 500 do
    local upto = math.min(from + 499, #fields)
    for i, value in ipairs(call('HMGET', j.key, unpack(fields, from, upto))) do
      found[fields[from + i - 1]] = value
    end
  end
  return found
end

-- Reads the tasks of one job by the names of targets.
local function read_named(j, names)
  local places, fields = {}, {}
  for i, name in ipairs(names) do fields[i] = 'n' .. name end
  local found = read_fields(j, fields)
  fields = {}
  for i, name in ipairs(names) do
    local place = found['n' .. name]
    if place then
      places[name] = place
      fields[#fields + 1] = 't' .. whole((unpack_from('<I4', place)))
    end
  end
  j.places = places
  for field, raw in pairs(read_fields(j, fields)) do
    local age = tonumber(string.sub(field, 2))
    if raw and j.tasks[age] == nil then j.tasks[age] = parse_task(raw, age) end
  end
end

-- Reads the tasks of all targets, the first of which lies at ARGV[first]; `size` tells the
-- number of values of the entry at a place. One target is as well read when it is aimed at.
local function read_targets(first, size)
  if first > #ARGV then return end
  local place, names_of_job = first + size(first), {}
  if place > #ARGV then return end
  place = first
  while place <= #ARGV do
    local names = names_of_job[ARGV[place]] or {}
    names[#names + 1], names_of_job[ARGV[place]] = ARGV[place + 1], names
    place = place + size(place)
  end
  for id, names in pairs(names_of_job) do
    local j = #names > 1 and find_job(id)
    if j then read_named(j, names) end
  end
end
