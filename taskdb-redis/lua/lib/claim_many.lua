-- An ordinary claim of several tasks, straight through: as `claim_one`, where one job has enough
-- ready tasks in a stream and no other stream comes in between.
-- KEYS: 1 as in base
-- ARGV: as in request_work
-- returns: the answer of request_work; for anything unusual nothing, with nothing written
repeat
  local worker_type, worker, lease, most = ARGV[2], ARGV[3], ARGV[4], #ARGV - 4
  if most < 2 or string.find(worker_type, '[%%:]') then break end
  local gate, delayed, releasing, starting, mending, events =
    unpack(call('HMGET', META, 'gate', 'delayed', 'releasing', 'starting', 'mending', 'event_level'))
  if (gate or '0') ~= '0' or (releasing or '0') ~= '0' or mending or events == '2' then break end
  if starting or (delayed or '0') ~= '0' then break end

  -- The stream, unless one behind it has its turn before it has given so many.
  local index, class, suffix = P .. 'streams_by_priority:' .. worker_type, 1, ':high'
  local first = call('ZRANGE', index .. suffix, '0', '1', 'WITHSCORES')
  if not first[1] then class, suffix, first = 2, '', call('ZRANGE', index, '0', '1', 'WITHSCORES') end
  if not first[1] then class, suffix, first = 3, ':low', call('ZRANGE', index .. ':low', '0', '1', 'WITHSCORES') end
  if not first[1] then idle_until = '' break end
  local stream = format('%d', string.sub(first[1], 9))
  local raw = read_stream(stream, class)
  if not raw then break end
  local running = most - 1
  for other = 1, 3 do
    running = running + (raw[other] and string.match(raw[other], '^%d+ %d+ (%d+)') or 0)
  end
  local share, behind = share_at(raw, running), tonumber(first[4])
  if behind and (share > behind or share == behind and first[1] > first[3]) then break end

  -- Its oldest job, and the oldest tasks of that.
  local listed = P .. 'stream:' .. stream .. ':ready' .. suffix
  local id = call('ZRANGE', listed, '0', '0')[1]
  if not id then break end
  local job = P .. 'job:' .. id
  local lane = job .. ':lane:' .. stream
  local ages = call('ZRANGEBYSCORE', lane, '0', '+inf', 'LIMIT', '0', format('%d', most))
  if #ages < most then break end
  local fields = { 'h', 'l' .. stream }
  for i, age in ipairs(ages) do fields[2 * i + 1], fields[2 * i + 2] = 't' .. age, 'd' .. age end
  local found = call('HMGET', job, unpack(fields, 1, 2 * most + 2))
  local header, counts = found[1], found[2]
  if not (header and counts) or #counts > 24 then break end

  local number, updated, started = unpack_from('<I6', header, 43), unpack_from('<i8i8', header)
  if now > updated then updated = now end
  local lease_end, leased = NONE, NONE
  if lease ~= '' then lease_end, leased = now + lease, lease end
  local buckets, moves, deadlines, changes, tasks = {}, {}, {}, {}, {}
  for i, age in ipairs(ages) do
    local task, claim = found[2 * i + 1], ARGV[4 + i]
    if not task then break end
    local state, flags, closing, created, owner, max_retries, timeout, name, at =
      unpack_from(TASK, task)
    -- What a task that ran before may have left.
    if state ~= READY or owner ~= tonumber(stream) or flags >= START_AT
      and bit.band(flags, START_AT + LIVE + ERROR) > 0 then break end
    local attempt, waiting_on, posts, retries, losses, progress, _ = 0, 0, 0, 0, 0, 0
    if closing >= USED then
      _, attempt, waiting_on, posts, retries, losses, progress = unpack_from(USED_TASK, task, at)
    end
    local work_end, place = now + timeout * 1000000, pack('>I6I4', number, age)
    local deadline = leased ~= NONE and lease_end < work_end and lease_end or work_end
    task = pack(CLAIMED_TASK, RUNNING, flags % STARTED + STARTED + CLAIM + LIVE, USED, created,
      stream, max_retries, timeout, #name, name, updated, attempt + 1, waiting_on, posts, retries,
      losses, progress, updated, claim, #worker, worker, leased, lease_end, work_end, deadline)
    local bucket = string.byte(claim)
    local claims = buckets[bucket] or { ids = {} }
    buckets[bucket], claims.ids[#claims.ids + 1] = claims, claim
    claims[#claims + 1], claims[#claims + 2] = claim, place .. worker
    deadlines[2 * i - 1], deadlines[2 * i] = format('%d', deadline), place
    moves[2 * i - 1], moves[2 * i] = format('%d', -age - 1), age
    changes[2 * i - 1], changes[2 * i] = 't' .. age, task
    tasks[i] = { claim, id, class - 1, raw[STREAM_ID], task, found[2 * i + 2] }
  end
  -- No claim id may hold a task already, or stand here twice: a request that is repeated.
  local fresh = #tasks == most
  for bucket, claims in pairs(buckets) do
    local key, seen = format('%sclaims:%02x', P, bucket), {}
    for at, place in ipairs(call('HMGET', key, unpack(claims.ids))) do
      local claim = claims.ids[at]
      fresh, seen[claim] = fresh and not (place or seen[claim]), true
    end
  end
  if not fresh then break end

  for bucket, claims in pairs(buckets) do
    call('HSET', format('%sclaims:%02x', P, bucket), unpack(claims))
  end
  call('ZADD', P .. 'expiring', unpack(deadlines))
  call('ZADD', lane, unpack(moves))
  local pending, ready, held, done, failed, cancelled = unpack_from(LANE, counts)
  if ready == most then call('ZREM', listed, id) end
  if started == NONE then started = updated end
  call('HSET', job, 'h', pack('<i8i8c0', updated, started, string.sub(header, 17)), 'l' .. stream,
    pack(LANE, pending, ready - most, held + most, done, failed, cancelled), unpack(changes))
  tally(stream, class, raw, -most, most, 0)
  return { 'ok', '', format('%d', now), unpack(tasks) }
until true
