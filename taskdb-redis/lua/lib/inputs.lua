-- What a claim is answered with, in place of `hand_out`, where each task is to come with what has
-- become of its prerequisites.
-- KEYS: 1 as in base
-- ARGV: the last one: how large these may be for each task
-- returns: nothing; `tasks` fills, each as in hand_out and as the seventh value {state of the job,
--   {record, output or nil}..}, or {} where that is too large
--
-- The claim is written by then, so nothing here may fail: a task whose prerequisites cannot be
-- read comes without them, and who asks for them alone is told.
local OVERHEAD = 1024
-- Of a record: all that comes before the name, and what a task that was used has more.
local HEAD = string.sub(TASK, 1, -3)
local HEAD_SIZE, USED_SIZE = struct.size(HEAD), struct.size(USED_TASK)
local tasks = {}
-- How many values follow the claim ids.
local BEHIND = 1
local most = tonumber(ARGV[#ARGV])

-- The names at the head of a definition, as `names_of` has them.
local function prerequisites_of(definition)
  local size, names, at = definition and #definition or 0, {}, 5
  local last = size >= 4 and at + unpack_from('<I4', definition)
  if not last or last > size + 1 then return end
  while at < last do
    local length = at + 1 < last and unpack_from('<I2', definition, at)
    if not length or at + 2 + length > last then return end
    names[#names + 1], at = string.sub(definition, at + 2, at + 1 + length), at + 2 + length
  end
  return names
end

-- How large the error of a task is, which comes last in its record, as `parse_task` reads it.
local function error_size(raw)
  local size, at = #raw, HEAD_SIZE
  if size < at then return end
  local _, flags, closing, _, _, _, _, name = unpack_from(HEAD, raw)
  at = at + name + 1
  if closing >= USED then at = at + USED_SIZE end
  if bit.band(flags, STARTED) > 0 then at = at + 8 end
  if bit.band(flags, START_AT) > 0 then at = at + 8 end
  if bit.band(flags, CLAIM) > 0 then
    if size < at + 17 then return end
    at = at + 18 + unpack_from('<I2', raw, at + 16)
  end
  if bit.band(flags, LIVE) > 0 then at = at + 32 end
  if flags < ERROR then return size + 1 >= at and 0 or nil end
  local length = size >= at + 3 and unpack_from('<I4', raw, at)
  return length and size >= at + 3 + length and length or nil
end

local function input_rows(j, definition)
  local names = prerequisites_of(definition)
  local size = names and #names * OVERHEAD
  if not names or size > most then return {} end
  local rows = { j.state }
  for i, name in ipairs(names) do
    local place = call('HGET', j.key, 'n' .. name)
    local age = place and #place >= 4 and whole((unpack_from('<I4', place)))
    local row = age and call('HMGET', j.key, 't' .. age, 'o' .. age)
    local told = row and row[1] and error_size(row[1])
    if not told then return {} end
    rows[i + 1], size = row, size + told + #(row[2] or '')
    if size > most then return {} end
  end
  return rows
end

local function hand_out(claim, j, t, record, definition)
  tasks[#tasks + 1] = { claim, j.id, j.class, load_stream(t.stream).id, record, definition,
    input_rows(j, definition) }
end
