-- What the straight ways share: the counters of a stream and its place among those that are
-- served.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing

-- Where `read_stream` has what; before these come the counters of the classes, 1 to 3.
local RESERVED, BE_MULT, PAUSED, WORKER_TYPE, STREAM_ID = 4, 5, 6, 7, 8

local read_stream, share_at, tally
do
  local SUFFIX, FIELD = { ':high', '', ':low' }, { 'high', 'medium', 'low' }

  -- What is stored of a stream. Nothing where the class has no counters, or where the worker type
  -- is written otherwise in keys.
  function read_stream(stream, class)
    local raw = call('HMGET', P .. 'stream:' .. stream .. ':counters', 'high', 'medium', 'low',
      'reserved', 'be_mult', 'paused', 'worker_type', 'id')
    if raw[class] and not string.find(raw[WORKER_TYPE], '[%%:]') then return raw end
  end

  -- The share of a stream with so many tasks running.
  function share_at(raw, running)
    local over = running - raw[RESERVED]
    return over / (over < 0 and raw[RESERVED] or raw[BE_MULT])
  end

  -- Moves tasks of a class between ready, running and done.
  function tally(stream, class, raw, ready_by, running_by, done_by)
    local pending, ready, running, done, rest =
      string.match(raw[class], '^(%d+) (%d+) (%d+) (%d+) (.*)$')
    ready, running = ready + ready_by, running + running_by
    call('HSET', P .. 'stream:' .. stream .. ':counters', FIELD[class],
      format('%d %d %d %d %s', pending, ready, running, done + done_by, rest))
    -- New work beside old changes no share: the stream stands where it stood.
    if raw[PAUSED] == '1' or running_by == 0 and ready > ready_by then return end
    for other = 1, 3 do
      if other ~= class and raw[other] then
        running = running + string.match(raw[other], '^%d+ %d+ (%d+)')
      end
    end
    local share = share_at(raw, running)
    local member = format('%07d:%012d', 9999999 - raw[RESERVED], stream)
    local index = P .. 'streams_by_priority:' .. raw[WORKER_TYPE]
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
end
