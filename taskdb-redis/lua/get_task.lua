-- Reads a task.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 job id; 3 task name
-- returns: {'ok', state of the job, {age, record, definition, stream id, rules
--   or nil}} or a refusal
local j, place = find_job(ARGV[2], 'n' .. ARGV[3])
if not j then return { 'no_job' } end
if not place then return { 'no_task' } end
local age, stream = unpack_from('<I4I6', place)
local raw = call('HMGET', j.key, 't' .. whole(age), 'd' .. whole(age), 'x' .. whole(age))
return { 'ok', j.state, { age, raw[1], raw[2], call('HGET', stream_key(stream), 'id'), raw[3] } }
