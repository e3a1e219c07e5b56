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
-- More than a record without an error has: two names of 1,024 bytes and fields of fixed size. The
-- rest of a longer one is error for sure; the caller counts each byte.
local PLAIN_RECORD = 2304
local tasks = {}
-- How many values follow the claim ids.
local BEHIND = 1
local most = tonumber(ARGV[#ARGV])

local function input_rows(j, definition)
  local names = read_names(definition or '')
  local size = names and #names * OVERHEAD
  if not names or size > most then return {} end
  local rows = { j.state }
  for i, name in ipairs(names) do
    local place = call('HGET', j.key, 'n' .. name)
    local age = place and #place >= 4 and whole((unpack_from('<I4', place)))
    local row = age and call('HMGET', j.key, 't' .. age, 'o' .. age)
    if not row or not row[1] then return {} end
    size = size + math.max(0, #row[1] - PLAIN_RECORD) + #(row[2] or '')
    rows[i + 1] = row
    if size > most then return {} end
  end
  return rows
end

local function hand_out(claim, j, t, record, definition)
  tasks[#tasks + 1] = { claim, j.id, j.class, load_stream(t.stream).id, record, definition,
    input_rows(j, definition) }
end
