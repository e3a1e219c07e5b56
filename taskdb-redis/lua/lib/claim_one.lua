-- The ordinary claim, straight through: one claim id, an open gate, no release to carry on,
-- nothing due, no event to write. Making functions costs more than the commands, so there are
-- hardly any.
-- KEYS: 1 as in base
-- ARGV: as in request_work
-- returns: the answer of request_work; for anything unusual nothing, with nothing written
-- When the next delayed task may start, or empty, where no stream has work.
local idle_until
repeat
  local worker_type, worker, lease, claim = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
  if #ARGV ~= 5 or string.find(worker_type, '[%%:]') then break end
  local gate, delayed, releasing, starting, mending, events =
    unpack(call('HMGET', META, 'gate', 'delayed', 'releasing', 'starting', 'mending', 'event_level'))
  if (gate or '0') ~= '0' or (releasing or '0') ~= '0' or mending or events == '2' then break end
  local next_start = ''
  if (delayed or '0') ~= '0' then
    next_start = call('ZRANGE', P .. 'delayed', '0', '0', 'WITHSCORES')[2]
    if not next_start or tonumber(next_start) <= now then break end
  end
  if starting and tonumber(starting) <= now then break end

  -- The stream, its oldest job and the oldest task of that.
  local index, class, suffix = P .. 'streams_by_priority:' .. worker_type, 1, ':high'
  local member = call('ZRANGE', index .. suffix, '0', '0')[1]
  if not member then class, suffix, member = 2, '', call('ZRANGE', index, '0', '0')[1] end
  if not member then class, suffix, member = 3, ':low', call('ZRANGE', index .. ':low', '0', '0')[1] end
  if not member then idle_until = next_start break end
  local stream = format('%d', string.sub(member, 9))
  local listed = P .. 'stream:' .. stream .. ':ready' .. suffix
  local raw = read_stream(stream, class)
  local id = call('ZRANGE', listed, '0', '0')[1]
  if not id then break end
  local job = P .. 'job:' .. id
  local lane = job .. ':lane:' .. stream
  local age = call('ZRANGEBYSCORE', lane, '0', '+inf', 'LIMIT', '0', '1')[1] or '0'
  if starting and call('ZSCORE', job .. ':starting', pack('>I4', age)) then break end
  local header, counts, task, definition =
    unpack(call('HMGET', job, 'h', 'l' .. stream, 't' .. age, 'd' .. age))
  if not (header and task and raw) then break end
  -- Of a job of one task the lane follows from its record.
  local single = unpack_from('<I4', header, 33) == 1
  if single == not not counts or counts and #counts > 24 then break end
  local state, flags, closing, created, owner, max_retries, timeout, name, at =
    unpack_from(TASK, task)
  if state ~= READY or owner ~= tonumber(stream) then break end
  -- What a task that ran before may have left.
  if flags >= START_AT and bit.band(flags, START_AT + LIVE + ERROR) > 0 then break end

  -- The claim id must not hold a task already: a request that is repeated.
  local number = unpack_from('<I6', header, 43)
  local place = pack('>I6I4', number, age)
  if call('HSETNX', format('%sclaims:%02x', P, string.byte(claim)), claim, place .. worker) == 0 then break end
  local updated, started = unpack_from('<i8i8', header)
  if now > updated then updated = now end
  if started == NONE then started = updated end
  local attempt, waiting_on, posts, retries, losses, progress, _ = 0, 0, 0, 0, 0, 0
  if closing >= USED then
    _, attempt, waiting_on, posts, retries, losses, progress = unpack_from(USED_TASK, task, at)
  end
  local work_end, lease_end = now + timeout * 1000000, NONE
  if lease == '' then lease = NONE else lease_end = now + lease end
  local deadline = lease ~= NONE and lease_end < work_end and lease_end or work_end
  task = pack(CLAIMED_TASK, RUNNING, flags % STARTED + STARTED + CLAIM + LIVE, USED, created, stream,
    max_retries, timeout, #name, name, updated, attempt + 1, waiting_on, posts, retries, losses,
    progress, updated, claim, #worker, worker, lease, lease_end, work_end, deadline)
  call('ZADD', P .. 'expiring', format('%d', deadline), place)
  header = pack('<i8i8c0', updated, started, string.sub(header, 17))
  if single then
    call('ZREM', listed, id)
    call('HSET', job, 'h', header, 't' .. age, task)
  else
    local pending, ready, running, done, failed, cancelled = unpack_from(LANE, counts)
    call('ZADD', lane, format('%d', -age - 1), age)
    if ready == 1 then call('ZREM', listed, id) end
    call('HSET', job, 'h', header, 't' .. age, task, 'l' .. stream,
      pack(LANE, pending, ready - 1, running + 1, done, failed, cancelled))
  end

  tally(stream, class, raw, -1, 1, 0)
  return { 'ok', '', format('%d', now), { claim, id, class - 1, raw[STREAM_ID], task, definition } }
until true
