-- Records of tasks: the field `t<age>` of a job, packed.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
-- What others do not need ends with the block: making a function looks through all locals
-- that functions hold on to.
local parse_task, pack_task
do
  local band = bit.band

  -- A table that names its fields at once is made in one go: adding them one by one moves it
  -- to a larger place again and again.
  parse_task = function(raw, age)
    local state, flags, closing, created, stream, max_retries, timeout, name, at =
      unpack_from(TASK, raw)
    local updated, attempt, waiting_on, posts, retries, losses, progress = created, 0, 0, 0, 0, 0, 0
    if closing >= USED then
      updated, attempt, waiting_on, posts, retries, losses, progress, at =
        unpack_from(USED_TASK, raw, at)
      closing = closing - USED
    end
    local t = {
      age = age, state = state, closing = closing, stream = stream, waiting_on = waiting_on,
      max_retries = max_retries, retries = retries, losses = losses, attempt = attempt,
      timeout = timeout, progress = progress, created = created, updated = updated, posts = posts,
      name = name, optional = band(flags, OPTIONAL) > 0, all_settled = band(flags, ALL_SETTLED) > 0,
      tolerated = band(flags, TOLERATED) > 0, changed = false, started = nil, start_at = nil,
      claim = nil, worker = nil, lease = nil, lease_end = nil, work_end = nil, deadline = nil,
      error = nil,
    }
    if flags < STARTED then return t end
    if band(flags, STARTED) > 0 then t.started, at = unpack_from('<i8', raw, at) end
    if band(flags, START_AT) > 0 then t.start_at, at = unpack_from('<i8', raw, at) end
    if band(flags, CLAIM) > 0 then t.claim, t.worker, at = unpack_from('<c16I2c0', raw, at) end
    if band(flags, LIVE) > 0 then
      t.lease, t.lease_end, t.work_end, t.deadline, at = unpack_from('<i8i8i8i8', raw, at)
    end
    if band(flags, ERROR) > 0 then t.error = unpack_from('<I4c0', raw, at) end
    return t
  end

  pack_task = function(t)
    local flags, tail = 0, ''
    if t.optional then flags = flags + OPTIONAL end
    if t.all_settled then flags = flags + ALL_SETTLED end
    if t.tolerated then flags = flags + TOLERATED end
    if t.started then flags, tail = flags + STARTED, pack('<i8', t.started) end
    if t.start_at then flags, tail = flags + START_AT, tail .. pack('<i8', t.start_at) end
    if t.claim then
      flags, tail = flags + CLAIM, tail .. pack('<c16I2c0', t.claim, #t.worker, t.worker)
    end
    if t.deadline then
      flags = flags + LIVE
      tail = tail .. pack('<i8i8i8i8', t.lease, t.lease_end, t.work_end, t.deadline)
    end
    if t.error then flags, tail = flags + ERROR, tail .. pack('<I4c0', #t.error, t.error) end
    local closing = t.closing
    if t.attempt + t.waiting_on + t.posts + t.retries + t.losses + t.progress > 0
      or t.updated ~= t.created then
      closing = closing + USED
      tail = pack(USED_TASK, t.updated, t.attempt, t.waiting_on, t.posts, t.retries, t.losses,
        t.progress) .. tail
    end
    return pack(TASK, t.state, flags, closing, t.created, t.stream, t.max_retries, t.timeout,
      #t.name, t.name) .. tail
  end
end

-- A pending task that waits for its start time and nothing else.
local function delayed_until(t)
  if t.state == PENDING and t.waiting_on == 0 then return t.start_at end
end
