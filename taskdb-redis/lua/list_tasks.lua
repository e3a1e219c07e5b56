-- Reads tasks of a job by age, a bounded number of ages and bytes a call.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 job id; 3 first age; 4 most ages to look at
-- returns: {'ok', state of the job, age to go on with or '', task..} or {'no_job'}; a task is
--   {age, record, definition, stream id, rules or nil}
local BYTES = 4194304
local j = find_job(ARGV[2])
if not j then return { 'no_job' } end
local age, left, bytes, found, ids = tonumber(ARGV[3]), tonumber(ARGV[4]), 0, {}, {}

local function stream_id(number)
  ids[number] = ids[number] or call('HGET', stream_key(number), 'id')
  return ids[number]
end

while age < j.next and left > 0 and bytes < BYTES do
  local raw = call('HMGET', j.key, 't' .. whole(age), 'd' .. whole(age), 'x' .. whole(age))
  if raw[1] then
    local stream = parse_task(raw[1], age).stream
    found[#found + 1] = { age, raw[1], raw[2], stream_id(stream), raw[3] }
    bytes = bytes + #raw[1] + #raw[2]
  end
  age, left = age + 1, left - 1
end
return { 'ok', j.state, age < j.next and whole(age) or '', unpack(found) }
