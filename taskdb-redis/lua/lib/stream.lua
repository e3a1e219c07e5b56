-- Streams with their counters, kept in memory until flushed.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
-- The counters of a class are pending, ready, running, done, failed, cancelled: as text, for
-- people to read.
local CLASSES = { 'high', 'medium', 'low' }
local streams = {}

local function stream_key(number)
  return P .. 'stream:' .. whole(number) .. ':counters'
end

local function counts_of(text)
  if not text then return { 0, 0, 0, 0, 0, 0 } end
  local a, b, c, d, e, f = string.match(text, '(%d+) (%d+) (%d+) (%d+) (%d+) (%d+)')
  return { tonumber(a), tonumber(b), tonumber(c), tonumber(d), tonumber(e), tonumber(f) }
end

-- The share with so many tasks running besides those that are.
local function share_of(s, more)
  local running = s[1][3] + s[2][3] + s[3][3] + more
  if running < s.reserved then return (running - s.reserved) / s.reserved end
  return (running - s.reserved) / s.be_mult
end

-- A smaller name wins a tie: the larger reservation, then the older stream.
local function member_of(s)
  return format('%07d:%012d', 9999999 - s.reserved, s.number)
end

local function index_key(s, class)
  return P .. 'streams_by_priority:' .. s.lane .. CLASS_SUFFIX[class]
end

local function load_stream(number)
  local s = streams[number]
  if s then return s end
  local key = stream_key(number)
  local raw = call('HMGET', key, 'high', 'medium', 'low', 'reserved', 'be_mult', 'paused',
    'worker_type', 'id')
  local high, medium, low = counts_of(raw[1]), counts_of(raw[2]), counts_of(raw[3])
  local open = raw[6] ~= '1'
  s = {
    high, medium, low, key = key, number = number, reserved = tonumber(raw[4]),
    be_mult = tonumber(raw[5]), paused = not open, worker_type = raw[7], id = raw[8],
    listed = { open and high[2] > 0, open and medium[2] > 0, open and low[2] > 0 }, dirty = {},
    lane = escaped(raw[7]), member = nil, share = nil, changed = false,
  }
  s.member, s.share = member_of(s), share_of(s, 0)
  streams[number] = s
  return s
end

local function flush_stream(s)
  local share = share_of(s, 0)
  for class = 1, 3 do
    local counts = s[class]
    if s.dirty[class] then
      call('HSET', s.key, CLASSES[class], format('%d %d %d %d %d %d', counts[1], counts[2],
        counts[3], counts[4], counts[5], counts[6]))
      s.dirty[class] = false
    end
    local should = counts[2] > 0 and not s.paused
    if should and (share ~= s.share or not s.listed[class]) then
      call('ZADD', index_key(s, class), exact(share), s.member)
    elseif s.listed[class] and not should then
      call('ZREM', index_key(s, class), s.member)
    end
    s.listed[class] = should
  end
  s.share, s.changed = share, false
end

local function flush_streams()
  for _, s in pairs(streams) do
    if s.changed then flush_stream(s) end
  end
end

-- A deleted stream goes with the last task that names it; its id stays taken.
local function forget_stream(s)
  for class = 1, 3 do
    for state = 1, 6 do
      if s[class][state] > 0 then return end
    end
  end
  if call('HEXISTS', s.key, 'deleted') == 0 then return end
  call('DEL', s.key)
end

-- Moves a counter for the job of a number, and with it what a repair has counted so far if
-- that has been at the job.
local function count(s, class, state, by, number)
  s[class][state + 1] = s[class][state + 1] + by
  s.dirty[class], s.changed = true, true
  if mending and number < mending and by ~= 0 then
    call('HINCRBY', P .. 'mended', format('%d:%d:%d', s.number, class, state + 1), by)
  end
end
