-- Taking in streams of an export.
-- KEYS: 1 as in base
-- ARGV: id, number, worker type, user, reserved, be_mult, paused, deleted
-- returns: nothing; `take_stream` answers a refusal, or nothing
local stream_number, take_stream
do
  local numbers = {}
  -- Streams of the records: their numbers by id, their ids by number.
  local seen, seen_numbers = {}, {}

  -- The number of a stream that is there, or with `dry` is among the records.
  function stream_number(id, dry)
    local number = numbers[id] or tonumber((known_number(id)))
    numbers[id] = number
    return number or dry and seen[id]
  end

  -- With `dry` it is checked and nothing written.
  function take_stream(at, dry)
    local id, number = ARGV[at], tonumber(ARGV[at + 1])
    local worker_type, user = ARGV[at + 2], ARGV[at + 3]
    local known, key = stream_number(id, dry), stream_key(number)
    if dry then
      local holder = seen_numbers[number] or call('EXISTS', key) == 1
      if not known and holder then return { 'stream_age', id } end
      seen[id], seen_numbers[number] = known or number, id
      return
    end
    if known then return end
    call('HSET', key, 'id', id, 'worker_type', worker_type, 'user_id', user,
      'reserved', ARGV[at + 4], 'be_mult', ARGV[at + 5], 'paused', ARGV[at + 6])
    local deleted = ARGV[at + 7] == '1'
    if deleted then call('HSET', key, 'deleted', 1) end
    enlist(id, number, not deleted and user .. '\0' .. worker_type)
    reserve('next_stream', number)
    numbers[id] = number
  end
end
