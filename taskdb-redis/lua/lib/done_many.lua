-- Ordinary completions of several tasks, straight through: as `done_one`, of one job and stream.
-- KEYS: 1 as in base
-- ARGV: as in update_task_done
-- returns: the answer of update_task_done; for anything unusual nothing, with nothing written
repeat
  local id, most = ARGV[3], (#ARGV - 2) / 6
  if most < 2 or most % 1 > 0 then break end
  local gate, mending, events = unpack(call('HMGET', META, 'gate', 'mending', 'event_level'))
  if (gate or '0') ~= '0' or mending or events == '2' then break end
  -- Of each: a claim, of a task of this job, without children.
  local fields = { 'h' }
  for at = 3, #ARGV, 6 do
    if ARGV[at] ~= id or ARGV[at + 2] == '' or ARGV[at + 5] ~= '0' then break end
    fields[#fields + 1] = 'n' .. ARGV[at + 1]
  end
  if #fields <= most then break end
  local job = P .. 'job:' .. id
  local places = call('HMGET', job, unpack(fields))
  local header = places[1]
  local stream, ages, seen = places[2] and unpack_from('<I6', places[2], 5), {}, {}
  for i = 1, most do
    if not places[i + 1] then break end
    local age, owner = unpack_from('<I4I6', places[i + 1])
    if owner ~= stream or seen[age] then break end
    ages[i], seen[age] = format('%d', age), true
    fields[i + 1] = 't' .. ages[i]
  end
  if not header or #ages < most then break end
  stream = format('%d', stream)
  fields[1] = 'l' .. stream
  local found = call('HMGET', job, unpack(fields))
  local counts = found[1]
  if not counts or #counts > 24 then break end
  local updated, started, unresolved, open, hard = unpack_from('<i8i8I4I4I4', header)
  local job_state, class, number = unpack_from('<BBI6', header, 41)
  if job_state ~= JOB_RUNNING or hard > 0 then break end
  class = class + 1
  local raw = read_stream(stream, class)
  if not raw then break end

  if now > updated then updated = now end
  local buckets, ended, changes, answers = {}, {}, {}, {}
  for i, age in ipairs(ages) do
    local task, claim = found[i + 1], ARGV[6 * i - 1]
    if not task then break end
    local state, flags, closing, _, _, _, _, _, at = unpack_from(TASK, task)
    if state ~= RUNNING or closing < USED or flags % STARTED >= TOLERATED
      or flags - flags % STARTED ~= STARTED + CLAIM + LIVE then break end
    local _, attempt, _, posts, _, _, _, _, holder, _, last = unpack_from(HELD_TASK, task, at)
    if holder ~= claim or attempt ~= tonumber(ARGV[6 * i]) or posts > 0 then break end
    changes[4 * i - 3], changes[4 * i - 2] = 't' .. age, pack('<BBBc0i8c0', DONE, flags - LIVE,
      USED + BY_DONE, string.sub(task, 4, at - 1), updated, string.sub(task, at + 8, last - 1))
    changes[4 * i - 1], changes[4 * i] = 'o' .. age, ARGV[6 * i + 1]
    local bucket = string.byte(claim)
    local claims = buckets[bucket] or {}
    buckets[bucket], claims[#claims + 1] = claims, claim
    ended[i], answers[i] = pack('>I6I4', number, age), { 'ok', 1 }
  end
  if #answers < most then break end

  for bucket, claims in pairs(buckets) do
    call('HDEL', format('%sclaims:%02x', P, bucket), unpack(claims))
  end
  call('ZREM', P .. 'expiring', unpack(ended))
  call('ZREM', job .. ':lane:' .. stream, unpack(ages))
  if open == most then
    job_state = JOB_DONE
    end_job(header, number, id, events)
  end
  header = pack('<i8i8I4I4c0Bc0', updated, started, unresolved - most, open - most,
    string.sub(header, 25, 40), job_state, string.sub(header, 42))
  local pending, ready, running, done, failed, cancelled = unpack_from(LANE, counts)
  call('HSET', job, 'h', header, 'l' .. stream,
    pack(LANE, pending, ready, running - most, done + most, failed, cancelled), unpack(changes))
  tally(stream, class, raw, 0, -most, most)
  return { 'ok', 0, unpack(answers) }
until true
