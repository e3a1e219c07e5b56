-- The ordinary completion, straight through: a claim that holds, of a task without
-- dependants, in a job that runs and has no failure.
-- KEYS: 1 as in base
-- ARGV: as in update_task_done
-- returns: the answer of update_task_done; for anything unusual nothing, with nothing written
repeat
  local id, name, claim, sequence, output = ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
  if #ARGV ~= 8 or claim == '' then break end
  local gate, mending, events = unpack(call('HMGET', META, 'gate', 'mending', 'event_level'))
  if (gate or '0') ~= '0' or mending or events == '2' then break end
  local job = P .. 'job:' .. id
  local header, place = unpack(call('HMGET', job, 'h', 'n' .. name))
  if not (header and place) then break end
  local age, stream = unpack_from('<I4I6', place)
  age, stream = format('%d', age), format('%d', stream)
  local task, counts = unpack(call('HMGET', job, 't' .. age, 'l' .. stream))
  -- Of a job of one task the lane follows from its record.
  local single = unpack_from('<I4', header, 33) == 1
  if not task or single == not not counts or counts and #counts > 24 then break end

  local state, flags, closing, _, _, _, _, _, at = unpack_from(TASK, task)
  if state ~= RUNNING or closing < USED or flags % STARTED >= TOLERATED
    or flags - flags % STARTED ~= STARTED + CLAIM + LIVE then break end
  local _, attempt, _, posts, _, _, _, _, holder, _, last = unpack_from(HELD_TASK, task, at)
  if holder ~= claim or attempt ~= tonumber(sequence) or posts > 0 then break end
  local updated, started, unresolved, open, hard = unpack_from('<i8i8I4I4I4', header)
  local job_state, class, number = unpack_from('<BBI6', header, 41)
  if job_state ~= JOB_RUNNING or hard > 0 then break end
  class = class + 1
  local raw = read_stream(stream, class)
  if not raw then break end

  if now > updated then updated = now end
  call('HDEL', format('%sclaims:%02x', P, string.byte(claim)), claim)
  call('ZREM', P .. 'expiring', pack('>I6I4', number, age))
  if open == 1 then
    job_state = JOB_DONE
    end_job(header, number, id, events)
  end
  header = pack('<i8i8I4I4c0Bc0', updated, started, unresolved - 1, open - 1,
    string.sub(header, 25, 40), job_state, string.sub(header, 42))
  task = pack('<BBBc0i8c0', DONE, flags - LIVE, USED + BY_DONE,
    string.sub(task, 4, at - 1), updated, string.sub(task, at + 8, last - 1))
  if single then
    call('HSET', job, 'h', header, 't' .. age, task, 'o' .. age, output)
  else
    local pending, ready, running, done, failed, cancelled = unpack_from(LANE, counts)
    call('ZREM', job .. ':lane:' .. stream, age)
    call('HSET', job, 'h', header, 't' .. age, task, 'o' .. age, output, 'l' .. stream,
      pack(LANE, pending, ready, running - 1, done + 1, failed, cancelled))
  end

  tally(stream, class, raw, 0, -1, 1)
  return { 'ok', 0, { 'ok', 1 } }
until true
