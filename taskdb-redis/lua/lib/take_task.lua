-- Taking in tasks of an export.
-- KEYS: 1 as in base
-- ARGV: job id, age, stream id, record without its place in the graph, definition, output or
--   '', `1` with an output, rules or ''
-- returns: nothing; a refusal when the task cannot be taken in
local TASK_VALUES = 8

-- What is wrong with the prerequisites of a task.
local function misplaced(j, t, age, seen)
  for _, name in ipairs(names_of(t.blob)) do
    local pre = seen.names[name] or (j and (find_task(j, name) or {}).age)
    if not pre or pre >= age then return { 'out_of_order', t.name, name } end
  end
end

local function check_task(at)
  local id, stream, age, j = ARGV[at], ARGV[at + 2], tonumber(ARGV[at + 1]), nil
  j = find_job(id)
  local seen = jobs_seen[id] or { names = {}, ages = {} }
  local t = parse_task(ARGV[at + 3], age)
  t.blob = ARGV[at + 4]
  if not j and not jobs_seen[id] then return { 'no_job_yet', t.name, id } end
  if seen.names[t.name] or (j and find_task(j, t.name)) then return end
  if not stream_number(stream, true) then return { 'no_stream_yet', t.name } end
  if (t.state == RUNNING) ~= (t.deadline ~= nil) then return { 'claim_state', t.name, t.state } end
  if seen.ages[age] or (j and call('HEXISTS', j.key, 't' .. whole(age)) == 1) then
    return { 'task_age', t.name }
  end
  local wrong = misplaced(j, t, age, seen)
  if wrong then return wrong end
  seen.names[t.name], seen.ages[age], jobs_seen[id] = age, true, seen
end

local function take_rules(j, t, rules)
  if rules == '' then return end
  put(j, 'x' .. whole(t.age), rules)
  local start_by = unpack_from('<i8', rules, #NO_RULES + 1)
  if start_by ~= NONE and t.attempt == 0 and t.state <= READY then
    await_start(j, t.age, start_by)
  end
end

local function insert_task(at)
  local j, age = find_job(ARGV[at]), tonumber(ARGV[at + 1])
  local t = parse_task(ARGV[at + 3], age)
  if j.names and j.names[t.name] or find_task(j, t.name) then return end
  t.stream, t.waiting_on, t.posts = stream_number(ARGV[at + 2]), 0, 0
  take_rules(j, t, ARGV[at + 7])
  j.names = j.names or {}
  for _, name in ipairs(names_of(ARGV[at + 4])) do
    local p = get_task(j, j.names[name] or find_task(j, name).age)
    add_post(j, p, age)
    if not (p.state == DONE or (t.all_settled and p.tolerated)) then
      t.waiting_on = t.waiting_on + 1
    end
  end
  local fields = j.fields
  fields[#fields + 1], fields[#fields + 2] = 'd' .. whole(age), ARGV[at + 4]
  fields[#fields + 1], fields[#fields + 2] = 'n' .. t.name, pack('<I4I6', age, t.stream)
  if ARGV[at + 6] == '1' then
    fields[#fields + 1], fields[#fields + 2] = 'o' .. whole(age), ARGV[at + 5]
  end
  grow(j, age)
  j.tasks[age], j.names[t.name] = t, age
  if t.state >= FAILED and not t.tolerated then harden(j, t, 1) end
  shift(j, t, t.state, true)
  if delayed_until(t) then delay(j, t) end
  if t.state == RUNNING then
    hold_claim(j, t)
  end
end
