-- Reads what has become of the prerequisites of a task, a bounded number and size a call.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 job id; 3 task name; 4 how many to pass by; 5 most to read
-- returns: {'ok', state of the job, how many to pass by next or '', {record, output or nil}..}
--   or a refusal
local BYTES = 4194304
local j, place = find_job(ARGV[2], 'n' .. ARGV[3])
if not j then return { 'no_job' } end
if not place then return { 'no_task' } end

local names = names_of(call('HGET', j.key, 'd' .. whole((unpack_from('<I4', place)))))
local at, bytes, found = tonumber(ARGV[4]), 0, {}
local upto = math.min(#names, at + tonumber(ARGV[5]))
while at < upto and bytes < BYTES do
  at = at + 1
  local age = whole((unpack_from('<I4', call('HGET', j.key, 'n' .. names[at]))))
  local row = call('HMGET', j.key, 't' .. age, 'o' .. age)
  found[#found + 1], bytes = row, bytes + #row[1] + #(row[2] or '')
end
return { 'ok', j.state, at < #names and whole(at) or '', unpack(found) }
