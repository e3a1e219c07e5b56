-- Creating tasks: everything is checked before anything is written.
-- KEYS: 1 as in base
-- ARGV: four values a task: name, stream id, limits and rules, definition with the names of
--   its prerequisites; and the most tasks of a job
-- returns: nothing; a refusal is {'entry', index, ..}
local parse_spec
do
  local LIMITS = '<I4I4BBi8'
  -- Flags of the limits: what follows them.
  local WITH_RULES, WITH_END = 4, 8
  local AT, AFTER = 1, 2

  function parse_spec(at)
    local spec = { name = ARGV[at], stream_id = ARGV[at + 1], blob = ARGV[at + 3] }
    local limits, flags, mode, value, rest = ARGV[at + 2], nil, nil, nil, nil
    spec.max_retries, spec.timeout, flags, mode, value, rest = unpack_from(LIMITS, limits)
    spec.optional, spec.all_settled = flags % 2 == 1, flags % 4 >= 2
    if mode == AT and value > now then spec.start_at = value end
    if mode == AFTER and value > 0 then spec.start_at = now + value end
    spec.rules = NO_RULES
    if flags >= WITH_END then
      spec.start_by, rest = now + unpack_from('<i8', limits, rest), rest + 8
    end
    if flags % WITH_END >= WITH_RULES then spec.rules = string.sub(limits, rest) end
    spec.prerequisites = names_of(spec.blob)
    return spec
  end
end

-- Reads in one go where the names of these tasks and their prerequisites lie.
local function fetch_places(j, specs)
  local fields, seen, places = {}, {}, {}
  local function want(name)
    if not seen[name] then
      seen[name] = true
      fields[#fields + 1] = 'n' .. name
    end
  end
  for _, spec in ipairs(specs) do
    want(spec.name)
    for _, name in ipairs(spec.prerequisites) do want(name) end
  end
  for from = 1, #fields, 1000 do
    local upto = math.min(from + 999, #fields)
    for i, place in ipairs(call('HMGET', j.key, unpack(fields, from, upto))) do
      if place then places[string.sub(fields[from + i - 1], 2)] = unpack_from('<I4', place) end
    end
  end
  return places
end

local difference
do
  local function same_set(one, other)
    if #one ~= #other then return false end
    local set = {}
    for _, name in ipairs(one) do set[name] = true end
    for _, name in ipairs(other) do
      if not set[name] then return false end
    end
    return true
  end

  -- In what a task that is there differs from `spec`; nil when in nothing. `known` is a
  -- spec of the same batch, or a stored task.
  function difference(known, spec, stream)
    if known.stream ~= stream then return 'another stream' end
    local blob, size = known.blob, nil
    size = unpack_from('<I4', blob)
    local own = unpack_from('<I4', spec.blob)
    if string.sub(blob, size + 5) ~= string.sub(spec.blob, own + 5) then
      return 'another definition'
    end
    if not same_set(names_of(blob), spec.prerequisites) then return 'other prerequisites' end
    if known.max_retries ~= spec.max_retries or known.timeout ~= spec.timeout
      or known.optional ~= spec.optional or known.all_settled ~= spec.all_settled
      or known.rules ~= spec.rules then
      return 'other limits or rules'
    end
  end
end

-- Finds the number of a stream that is there.
local find_stream
do
  local stream_numbers = {}
  function find_stream(id)
    local number = stream_numbers[id]
    if number == nil then
      number = tonumber(call('HGET', P .. 'streams', id)) or false
      stream_numbers[id] = number
    end
    return number
  end
end
