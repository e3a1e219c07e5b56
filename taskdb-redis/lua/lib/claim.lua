-- Fencing: who may change a task, and what the others are told.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
--
-- A target is four values: job id, task name, claim id and attempt; a call by name
-- has an empty claim id.

-- Ends the claim of a running task in the indexes of claims.
local function drop_claim(j, t)
  if t.state ~= RUNNING then return end
  ended_claims[#ended_claims + 1] = t.claim
  ended_places[#ended_places + 1] = place_of(j, t.age)
  t.lease, t.lease_end, t.work_end, t.deadline = nil, nil, nil, nil
end

local function hold_claim(j, t)
  call('HSET', claims_key(t.claim), t.claim, place_of(j, t.age) .. t.worker)
  call('ZADD', P .. 'expiring', whole(t.deadline), place_of(j, t.age))
end

local function why_lost(j, t, claim, attempt)
  if t.attempt > attempt or (t.attempt == attempt and t.claim and t.claim ~= claim) then
    return 'reclaimed'
  end
  local state = effective(j, t.state)
  if state == DONE or state == FAILED then return 'finished' end
  if state == CANCELLED then return 'cancelled' end
  return 'requeued'
end

-- Finds the task at ARGV[at]. `over` is a refusal for a claim that does not hold, or
-- tells a call by name that there is nothing; a repeated call may still be answered.
local function aim_at(at)
  local claim, attempt = ARGV[at + 2], tonumber(ARGV[at + 3])
  local t, j, place = nil, jobs[ARGV[at]], nil
  if j and j.places then place = j.places[ARGV[at + 1]] end
  if not place then j, place = find_job(ARGV[at], 'n' .. ARGV[at + 1]) end
  t = j and named_task(j, place)
  local aim = { job = j, task = t, claimed = claim ~= '' }
  if not t then
    aim.over = aim.claimed and { 'lost', 'deleted' } or { 'ok', 0 }
  elseif aim.claimed then
    aim.last = t.claim == claim and t.attempt == attempt
    if not (aim.last and t.state == RUNNING) then
      aim.over = { 'lost', why_lost(j, t, claim, attempt) }
    end
  end
  return aim
end

-- Whether a claim that is over was ended by such a call, so that this one repeats it.
local function repeats(aim, closing)
  return aim.over and aim.last and aim.task.closing == closing
end
