-- Reads the output of a done task, or one kept of a deleted job.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 job id; 3 task name
-- returns: {'ok', output} or a refusal
local j, place = find_job(ARGV[2], 'n' .. ARGV[3])
if not j then
  local kept = call('HGET', P .. 'kept', ARGV[2] .. '/' .. ARGV[3])
  if kept and unpack_from('<i8', kept) > now then return { 'ok', string.sub(kept, 9) } end
  return { 'no_job' }
end
if not place then return { 'no_task' } end
local output = call('HGET', j.key, 'o' .. whole((unpack_from('<I4', place))))
if not output then return { 'no_output' } end
return { 'ok', output }
