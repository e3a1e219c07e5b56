-- What the straight ways share: the end of a job, the counters of a stream and its place among those
-- that are served.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
local read_stream, share_at, tally, end_job
do
  local SUFFIX, FIELD = { ':high', '', ':low' }, { 'high', 'medium', 'low' }

  -- What is stored of a stream: the counters of its classes, reservation, weight, whether it is
  -- paused, worker type and id. Nothing where the class has no counters, or where the worker type
  -- is written otherwise in keys.
  function read_stream(stream, class)
    local raw = call('HMGET', P .. 'stream:' .. stream .. ':counters', 'high', 'medium', 'low',
      'reserved', 'be_mult', 'paused', 'worker_type', 'id')
    if raw[class] and not string.find(raw[7], '[%%:]') then return raw end
  end

  -- The share of a stream with so many tasks running.
  function share_at(raw, running)
    local over = running - raw[4]
    return over / (over < 0 and raw[4] or raw[5])
  end

  -- Moves tasks of a class between ready, running and done.
  function tally(stream, class, raw, ready_by, running_by, done_by)
    local pending, ready, running, done, rest =
      string.match(raw[class], '^(%d+) (%d+) (%d+) (%d+) (.*)$')
    ready, running = ready + ready_by, running + running_by
    call('HSET', P .. 'stream:' .. stream .. ':counters', FIELD[class],
      format('%d %d %d %d %s', pending, ready, running, done + done_by, rest))
    if raw[6] == '1' then return end
    for other = 1, 3 do
      if other ~= class and raw[other] then
        running = running + string.match(raw[other], '^%d+ %d+ (%d+)')
      end
    end
    local share, member = share_at(raw, running), format('%07d:%012d', 9999999 - raw[4], stream)
    local index = P .. 'streams_by_priority:' .. raw[7]
    share = format(share % 1 == 0 and '%d' or '%.17g', share)
    for other = 1, 3 do
      if other ~= class then
        -- Only where it has ready work.
        if raw[other] then call('ZADD', index .. SUFFIX[other], 'XX', share, member) end
      elseif ready > 0 then
        call('ZADD', index .. SUFFIX[class], share, member)
      elseif ready_by < 0 then
        call('ZREM', index .. SUFFIX[class], member)
      end
    end
  end

  -- The last open task of a job is done.
  function end_job(header, number, id, events)
    call('HINCRBY', P .. 'running_jobs', (unpack_from('<I2c0', header, 57)), '-1')
    call('ZADD', P .. 'done_jobs', format('%d', number), id)
    if events ~= '0' then
      call('XADD', P .. 'events', '*', 'kind', 'done', 'at', format('%d', now), 'job', id)
    end
  end
end
