-- Ending tasks and claims.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
local settle

-- Takes a task from the list of delayed ones.
local function forget_delay(j, t)
  local lane = lane_of(j, t.stream)
  lane.moves[t.age], lane.changed, j.changed = false, true, true
  j.delayed = j.delayed - call('ZREM', P .. 'delayed', place_of(j, t.age))
  recount('delayed')
end

local function make_ready(j, t)
  note_step(j, t, 'ready')
  if delayed_until(t) then forget_delay(j, t) end
  t.start_at, t.updated = nil, touch(j)
  shift(j, t, READY)
end

-- Writes that a task has failed or was cancelled, and nothing else.
local function end_task(j, t, to, tolerated, error, closing)
  note_trouble(j, t, to == FAILED and 'failed' or 'cancelled', to == FAILED and error or nil)
  t.updated = touch(j)
  if delayed_until(t) then forget_delay(j, t) end
  if t.state == RUNNING then
    drop_claim(j, t)
    t.closing = closing
  end
  t.tolerated, t.error = tolerated, error
  shift(j, t, to)
end

-- Ends a task as failed or cancelled, with the consequences for its dependants or its job.
local function terminate(j, t, to, error, closing)
  end_task(j, t, to, t.optional, error, closing)
  if t.optional then
    settle(j, t)
  else
    harden(j, t, 1)
    if j.state == JOB_RUNNING then fail_job(j, error) end
  end
end

-- Ends the claim of a running task, which is ready again at its old place or waits for a
-- start time; in a stopped job that means it is cancelled.
local function put_back(j, t, closing, progress, start_at, why)
  local over = stopped(j)
  note_trouble(j, t, over and 'cancelled' or 'retried', not over and why or nil)
  t.updated = touch(j)
  drop_claim(j, t)
  t.closing, t.progress, t.start_at = closing, progress, start_at
  shift(j, t, start_at and PENDING or READY)
  if start_at then delay(j, t) end
end

-- Ends an attempt at a running task; true when another one will follow. The closings are
-- those for a worker that gave up by its claim, none otherwise; `most_losses` is a cap, if any.
local function retry(j, t, closing, last_closing, expired, start_at, most_losses)
  local spent, over = t.retries >= t.max_retries, stopped(j)
  if expired then t.losses = t.losses + 1 end
  local lost = expired and most_losses and t.losses > most_losses
  if (spent or lost) and not over then
    terminate(j, t, FAILED, lost and 'lost too often' or 'retry max hit', last_closing)
    return false
  end
  if not spent then t.retries = t.retries + 1 end
  if over then start_at, closing = nil, last_closing end
  put_back(j, t, closing, 0, start_at, expired and 'lost' or 'given up')
  return not over
end

-- Puts a task back with nothing held against it; true when it will run again.
local function release(j, t)
  local over = stopped(j)
  put_back(j, t, over and BY_LAST_RELEASE or BY_RELEASE, 0, nil, 'released')
  return not over
end
