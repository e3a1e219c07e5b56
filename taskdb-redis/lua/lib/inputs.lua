-- What has become of the prerequisites of each task that is handed out.
-- KEYS: 1 as in base
-- ARGV: the last one, which it takes away: how large the inputs of a task may be
-- returns: nothing; each of `tasks` gets what `input_rows` says
local OVERHEAD = 1024
local most = tonumber(table.remove(ARGV))

-- {state of the job, {record, output or nil}..}, or nothing where that is too large. An error
-- is within its record, whose other parts count for nothing.
local function input_rows(j, definition)
  local names = names_of(definition)
  local rows, size = { j.state }, #names * OVERHEAD
  for i, name in ipairs(names) do
    if size > most then return {} end
    local age = whole((unpack_from('<I4', call('HGET', j.key, 'n' .. name))))
    local row = call('HMGET', j.key, 't' .. age, 'o' .. age)
    rows[i + 1], size = row, size + #(parse_task(row[1], tonumber(age)).error or '') + #(row[2] or '')
  end
  return size > most and {} or rows
end

local hand_out_alone = hand_out
local function hand_out(claim, j, t, record, definition)
  hand_out_alone(claim, j, t, record, definition)
  tasks[#tasks][7] = input_rows(j, definition)
end
