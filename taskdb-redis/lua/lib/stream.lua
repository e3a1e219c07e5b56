-- Streams with their counters, kept in memory until flushed.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
--
-- The counters are pending, ready, running, done, failed, cancelled of the classes in order.
-- src/ops/list_streams.rs reads the same.
local COUNTS = '<I4I4I4I4I4I4I4I4I4I4I4I4I4I4I4I4I4I4'
local streams = {}

local function stream_key(number)
  return P .. 'stream:' .. whole(number) .. ':counters'
end

local function counters_of(raw)
  if not raw then
    return { 0, 0, 0, 0, 0, 0 }, { 0, 0, 0, 0, 0, 0 }, { 0, 0, 0, 0, 0, 0 }
  end
  local a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r = unpack_from(COUNTS, raw)
  return { a, b, c, d, e, f }, { g, h, i, j, k, l }, { m, n, o, p, q, r }
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
  local raw = call('HMGET', key, 'counts', 'reserved', 'be_mult', 'paused', 'worker_type', 'id')
  local high, medium, low = counters_of(raw[1])
  local open = raw[4] ~= '1'
  s = {
    high, medium, low, key = key, number = number, reserved = tonumber(raw[2]),
    be_mult = tonumber(raw[3]), paused = not open, worker_type = raw[5], id = raw[6],
    listed = { open and high[2] > 0, open and medium[2] > 0, open and low[2] > 0 },
    lane = escaped(raw[5]), member = nil, share = nil, changed = false,
  }
  s.member, s.share = member_of(s), share_of(s, 0)
  streams[number] = s
  return s
end

local function flush_stream(s)
  local share, a, b, c = share_of(s, 0), s[1], s[2], s[3]
  call('HSET', s.key, 'counts', pack(COUNTS, a[1], a[2], a[3], a[4], a[5], a[6],
    b[1], b[2], b[3], b[4], b[5], b[6], c[1], c[2], c[3], c[4], c[5], c[6]))
  for class = 1, 3 do
    local should = s[class][2] > 0 and not s.paused
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

local function count(s, class, state, by)
  local counts = s[class]
  counts[state + 1] = counts[state + 1] + by
  s.changed = true
end
