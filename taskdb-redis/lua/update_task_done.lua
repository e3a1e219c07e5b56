-- Finishes tasks, each on its own, in order: children, output, dependants, end of the job.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 most tasks of a job; then for each: a target (4), output, number of
--   children, and for each child the four values of a task
-- returns: {'ok', unfinished, answer..}; an answer is {'ok', 1 or 0} or a refusal
if not may_change then return { 'closed', gate } end

local answers, at = {}, 3
local consequences, unfinished

local function same_output(aim, output)
  if not repeats(aim, BY_DONE) then return false end
  local t = aim.task
  return (t.output or call('HGET', aim.job.key, 'o' .. whole(t.age))) == output
end

-- Checks the children of a task, which the task can still be named by.
local function plan_children(j, number)
  if stopped(j) then return nil, { 'job_finished', j.state } end
  return plan(j, at + 6, number, tonumber(ARGV[2]))
end

-- Tells dependants and ends the job, where there is anything to tell or to end.
local function follow(j, t)
  if t.posts == 0 and j.open > 0 and j.hard == 0 then return end
  consequences = consequences or on_demand()
  unfinished = consequences(j, t)
end

local function complete(number)
  local aim, output = aim_at(at), ARGV[at + 4]
  local j, t = aim.job, aim.task
  if aim.over then return same_output(aim, output) and { 'ok', 1 } or aim.over end
  local state = effective(j, t.state)
  if state ~= READY and state ~= RUNNING then return { 'ok', 0 } end
  if number > 0 then
    local fresh, refusal = plan_children(j, number)
    if refusal then return refusal end
    create(j, fresh)
  end
  note_step(j, t, 'done')
  t.updated = touch(j)
  if t.state == RUNNING then
    drop_claim(j, t)
    t.closing = aim.claimed and BY_DONE or BY_NONE
  end
  t.tolerated, t.error, t.output = false, nil, output
  put(j, 'o' .. whole(t.age), output)
  shift(j, t, DONE)
  follow(j, t)
  -- Later entries of the batch look for these children by their names.
  if number > 0 then flush_job(j) end
  return { 'ok', 1 }
end

read_targets(3, function(place) return 6 + 4 * tonumber(ARGV[place + 5]) end)
while at <= #ARGV do
  local number = tonumber(ARGV[at + 5])
  answers[#answers + 1] = complete(number)
  at = at + 6 + 4 * number
end
flush()
return { 'ok', unfinished and 1 or 0, unpack(answers) }
