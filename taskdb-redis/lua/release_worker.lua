-- Puts back what a worker holds, in steps over all claims.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 worker id; 3 first byte of claim ids to begin with; 4 about how many claims to
--   look at
-- returns: {'ok', number of tasks put back, first byte to go on with or ''} or {'closed', gate}
if not may_change then return { 'closed', gate } end

local byte, most, looked, tasks = tonumber(ARGV[3]), tonumber(ARGV[4]), 0, {}

local function look_at(id, place)
  if string.sub(place, 11) ~= ARGV[2] then return end
  local number, age = unpack_from('>I6I4', place)
  local j = numbered_job(number)
  local t = j and get_task(j, age)
  if t and t.state == RUNNING and t.claim == id then
    tasks[#tasks + 1] = { j, t }
  else
    -- A damaged record must not stop the others.
    call('HDEL', claims_key(id), id)
  end
end

while byte < 256 and looked < most do
  local claims = call('HGETALL', claims_key(string.char(byte)))
  for at = 1, #claims, 2 do look_at(claims[at], claims[at + 1]) end
  looked, byte = looked + #claims / 2, byte + 1
end
table.sort(tasks, function(a, b)
  if a[1].number ~= b[1].number then return a[1].number < b[1].number end
  return a[2].age < b[2].age
end)
for _, task in ipairs(tasks) do release(task[1], task[2]) end
flush()
return { 'ok', #tasks, byte < 256 and byte or '' }
