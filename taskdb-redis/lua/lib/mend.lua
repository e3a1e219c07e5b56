-- Recomputing what is derived of a job from its tasks, in bounded steps: first part, a visit
-- to each task.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
--
-- Where a mending stands is in the hash `job:ID:mend`: `age`, below which tasks have been
-- visited; `tasks`, how many; `posts`, and `lane` with `cursor`, where the second and third part
-- stand; `c<age>` and `p<age>.<chunk>`, dependants as they should be; `passes`, how often it
-- began, and `again` when it has to once more.
-- Meanwhile others change the job. What they change of a task that was visited, `shift` counts
-- in its lane as seen too; those they make are visited later.
local listed_lanes

local function mend_key(j) return j.key .. ':mend' end

-- The lane of a task as seen so far; it joins the list of lanes if that has lost it.
local function seen_lane(j, t)
  local lane = lane_of(j, t.stream)
  if lane.seen then return lane end
  if not listed_lanes then
    all_lanes(j)
    listed_lanes = {}
    for at = 1, #j.lane_numbers, 6 do listed_lanes[unpack_from('<I6', j.lane_numbers, at)] = true end
  end
  if not listed_lanes[t.stream] then lane.fresh, listed_lanes[t.stream] = true, true end
  lane.seen = { 0, 0, 0, 0, 0, 0, 0, 0 }
  return lane
end

-- How many prerequisites of a task have not settled; notes the task with each of them.
local function count_unsettled(j, t, names, posts)
  local unsettled = 0
  for _, name in ipairs(names) do
    local p = find_task(j, name)
    if not p or not (p.state == DONE or (t.all_settled and p.tolerated)) then
      unsettled = unsettled + 1
    end
    if p then
      local list = posts[p.age] or {}
      list[#list + 1], posts[p.age] = pack('<I4', t.age), list
    end
  end
  return unsettled
end

-- Its places in its lane, among the claims, the delayed ones, those to start by some time.
local function mend_place(j, t, lane, rules)
  local want, score = lane_score(t), call('ZSCORE', lane.key, whole(t.age))
  if (score and tonumber(score) or nil) ~= want then lane.moves[t.age] = want or false end
  if t.state == RUNNING then
    hold_claim(j, t)
  elseif want and t.state == PENDING then
    call('ZADD', P .. 'delayed', whole(t.start_at), place_of(j, t.age))
  end
  local start_by = rules and unpack_from('<i8', rules, #NO_RULES + 1) or NONE
  if start_by ~= NONE and t.attempt == 0 and t.state <= READY then
    await_start(j, t.age, start_by)
  end
end

-- Whether the count or the name of a task was wrong; both are right now.
local function mend_task(j, t, names, posts)
  local unsettled = count_unsettled(j, t, names, posts)
  local wrong = t.waiting_on ~= unsettled
  if wrong then t.waiting_on, t.changed = unsettled, true end
  local place = pack('<I4I6', t.age, t.stream)
  if call('HGET', j.key, 'n' .. t.name) ~= place then
    call('HSET', j.key, 'n' .. t.name, place)
    wrong = true
  end
  return wrong
end

local function see(j, t, lane)
  local seen, place = lane.seen, pack('>I4', t.age)
  seen[t.state + 1], seen[8], lane.changed = seen[t.state + 1] + 1, t.age + 1, true
  if t.state < FAILED then return end
  if t.tolerated then
    call('ZREM', j.key .. ':failures', place)
  else
    call('ZADD', j.key .. ':failures', whole(t.updated), place)
    seen[7] = seen[7] + 1
  end
end
