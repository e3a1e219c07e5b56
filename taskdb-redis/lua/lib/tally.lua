-- What the straight ways share: the counters of a stream and its place among those that are served.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
local tally, share_at
do
  local SUFFIX, FIELD = { ':high', '', ':low' }, { 'high', 'medium', 'low' }

  -- The share of a stream with so many tasks running. `raw` is what is stored of it: the counters
  -- of its classes, reservation, weight.
  function share_at(raw, running)
    local over = running - raw[4]
    return over / (over < 0 and raw[4] or raw[5])
  end

  -- Moves tasks of a class between ready, running and done; `index` is that of the worker type.
  function tally(stream, class, raw, index, ready_by, running_by, done_by)
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
