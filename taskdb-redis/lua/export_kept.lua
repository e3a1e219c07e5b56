-- Reads outputs kept beyond their jobs, by the end of their time.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 how many to pass by; 3 most to read
-- returns: {'ok', number looked at, {job id/task name, end, output}..}
local first = tonumber(ARGV[2])
local fields = call('ZRANGE', P .. 'kept_by_end', first, first + tonumber(ARGV[3]) - 1)
local found = {}
for _, field in ipairs(fields) do
  local raw = call('HGET', P .. 'kept', field)
  local ends = unpack_from('<i8', raw)
  if ends > now then found[#found + 1] = { field, whole(ends), string.sub(raw, 9) } end
end
return { 'ok', #fields, unpack(found) }
