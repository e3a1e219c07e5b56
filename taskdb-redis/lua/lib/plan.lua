-- Creating tasks, second part: places tasks in the graph.
-- KEYS: 1 as in base
-- ARGV: as in create
-- returns: nothing

-- Decides in which state a task begins.
local function place_spec(j, spec, planned, places)
  local unsettled, dead = 0, false
  spec.ages = {}
  for i, name in ipairs(spec.prerequisites) do
    local p = planned[name]
    if not p and places[name] then p = get_task(j, places[name]) end
    if not p then return { 'no_prerequisite', name } end
    spec.ages[i] = p.age
    if not (p.state == DONE or (spec.all_settled and p.tolerated)) then unsettled = unsettled + 1 end
    if p.tolerated and not spec.all_settled then dead = true end
  end
  spec.waiting_on = unsettled
  if dead then
    spec.state, spec.tolerated, spec.error = CANCELLED, true, 'cancelled'
  elseif unsettled == 0 and not spec.start_at then
    spec.state = READY
  else
    spec.state = PENDING
  end
end

-- Checks one task in the order of the contract; true when it is there already.
local function plan_spec(j, spec, planned, places)
  local stream = find_stream(spec.stream_id)
  if not stream then return { 'no_stream' } end
  local known = planned[spec.name]
  if not known and places[spec.name] then
    known = get_task(j, places[spec.name])
    known.blob = call('HGET', j.key, 'd' .. whole(known.age))
    known.rules = rules_of(j, known.age)
  end
  if known then
    local other = difference(known, spec, stream)
    return other and { 'exists', other }, true
  end
  if stopped(j) then return { 'job_finished', j.state } end
  spec.stream = stream
  return place_spec(j, spec, planned, places)
end

-- Checks `number` tasks from ARGV[at] on; a list of new ones, or a refusal.
local function plan(j, at, number, max_tasks)
  local specs, planned, fresh = {}, {}, {}
  for i = 1, number do specs[i] = parse_spec(at + 4 * (i - 1)) end
  local places = fetch_places(j, specs)
  for i, spec in ipairs(specs) do
    local refusal, known = plan_spec(j, spec, planned, places)
    if refusal then return nil, { 'entry', i - 1, unpack(refusal) } end
    if not known then
      spec.age = j.next + #fresh
      fresh[#fresh + 1] = spec
      planned[spec.name] = spec
    end
  end
  if j.count + #fresh > max_tasks then return nil, { 'too_many', j.count + #fresh } end
  return fresh
end
