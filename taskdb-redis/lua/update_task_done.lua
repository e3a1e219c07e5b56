-- Finishes tasks, each on its own, in order: children, output, dependants, end of the job.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 most tasks of a job; then for each: a target (4), output, number of
--   children, and for each child the four values of a task
-- returns: {'ok', unfinished, answer..}; an answer is {'ok', 1 or 0} or a refusal
if not may_change then return { 'closed', gate } end

local answers, at = {}, 3

local function same_output(aim, output)
  if not repeats(aim, BY_DONE) then return false end
  local t = aim.task
  return (t.output or call('HGET', aim.job.key, 'o' .. whole(t.age))) == output
end

-- Checks the children of a task, which the task can still be named by.
local function plan_children(j, number)
  if number == 0 then return {} end
  if stopped(j) then return nil, { 'job_finished', j.state } end
  return plan(j, at + 6, number, tonumber(ARGV[2]))
end

local function complete(number)
  local aim, output = aim_at(at), ARGV[at + 4]
  local j, t = aim.job, aim.task
  if aim.over then return same_output(aim, output) and { 'ok', 1 } or aim.over end
  local state = effective(j, t.state)
  if state ~= READY and state ~= RUNNING then return { 'ok', 0 } end
  local fresh, refusal = plan_children(j, number)
  if refusal then return refusal end
  if number > 0 then create(j, fresh) end
  t.updated = touch(j)
  if t.state == RUNNING then
    drop_claim(j, t)
    t.closing = aim.claimed and BY_DONE or BY_NONE
  end
  t.tolerated, t.error = false, nil
  j.fields[#j.fields + 1], j.fields[#j.fields + 2] = 'o' .. whole(t.age), output
  t.output = output
  shift(j, t, DONE)
  settle(j, t)
  close_if_over(j)
  -- Later entries of the batch look for these children by their names.
  if number > 0 then flush_job(j) end
  return { 'ok', 1 }
end

while at <= #ARGV do
  local number = tonumber(ARGV[at + 5])
  answers[#answers + 1] = complete(number)
  at = at + 6 + 4 * number
end
flush()
return { 'ok', unfinished and 1 or 0, unpack(answers) }
