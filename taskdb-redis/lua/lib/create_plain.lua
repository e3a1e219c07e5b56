-- Ordinary new tasks, straight through: of one stream, in which a job that runs has had tasks before,
-- with nothing to wait for and no rules.
-- KEYS: 1 as in base
-- ARGV: as in create_tasks
-- returns: the answer of create_tasks; for anything unusual nothing, with nothing written
repeat
  local id, most, stream_id, fresh = ARGV[2], tonumber(ARGV[3]), ARGV[5], (#ARGV - 3) / 4
  local gate, mending, events = unpack(call('HMGET', META, 'gate', 'mending', 'event_level'))
  if gate == '2' or mending or events == '2' or fresh < 1 then break end
  local stream = call('HGET', P .. 'streams', stream_id)
  if not stream then break end
  local fields = { 'h', 'l' .. stream }
  for at = 4, #ARGV, 4 do
    local _, _, flags, mode = unpack_from('<I4I4BB', ARGV[at + 2])
    -- What is given to start, rules, prerequisites.
    if ARGV[at + 1] ~= stream_id or flags > 3 or mode > 0 or unpack_from('<I4', ARGV[at + 3]) > 0 then
      break
    end
    fields[#fields + 1] = 'n' .. ARGV[at]
  end
  if #fields < fresh + 2 then break end
  local job = P .. 'job:' .. id
  local found = call('HMGET', job, unpack(fields))
  local header, counts = found[1], found[2]
  if not (header and counts) or #counts > 24 then break end
  local updated, _, unresolved, open, hard, _, next_age, count, state, class, number =
    unpack_from(HEADER, header)
  if state ~= JOB_RUNNING or hard > 0 or next_age < 2 or count + fresh > most then break end
  class = class + 1
  local raw = read_stream(stream, class)
  if not raw then break end

  if now > updated then updated = now end
  local changes, ages, seen = {}, {}, {}
  for i = 1, fresh do
    local at, age = 4 * i, next_age + i - 1
    local name, key = ARGV[at], format('%d', age)
    -- One that is there already, or stands here twice.
    if found[i + 2] or seen[name] then break end
    local max_retries, timeout, flags = unpack_from('<I4I4B', ARGV[at + 2])
    changes[6 * i - 5], changes[6 * i - 4] = 't' .. key,
      pack(TASK, READY, flags, 0, updated, stream, max_retries, timeout, #name, name)
    changes[6 * i - 3], changes[6 * i - 2] = 'd' .. key, ARGV[at + 3]
    changes[6 * i - 1], changes[6 * i] = 'n' .. name, pack('<I4I6', age, stream)
    ages[2 * i - 1], ages[2 * i], seen[name] = key, key, true
  end
  if #ages < 2 * fresh then break end

  header = pack('<i8c8I4I4c8I4I4c0', updated, string.sub(header, 9, 16), unresolved + fresh,
    open + fresh, string.sub(header, 25, 32), next_age + fresh, count + fresh,
    string.sub(header, 41))
  local pending, ready, running, done, failed, cancelled = unpack_from(LANE, counts)
  call('HSET', job, 'h', header, 'l' .. stream,
    pack(LANE, pending, ready + fresh, running, done, failed, cancelled), unpack(changes))
  call('ZADD', job .. ':lane:' .. stream, unpack(ages))
  if ready == 0 then
    local suffix = class == 1 and ':high' or class == 3 and ':low' or ''
    call('ZADD', P .. 'stream:' .. stream .. ':ready' .. suffix, format('%d', number), id)
  end
  tally(stream, class, raw, fresh, 0, 0)
  call('PUBLISH', P .. 'wake', format('%d', fresh) .. ' ' .. raw[WORKER_TYPE])
  return { 'ok' }
until true
