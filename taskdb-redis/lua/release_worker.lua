-- Puts back what a worker holds, in steps.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 worker id; 3 most tasks of this step
-- returns: {'ok', number of tasks put back, `1` while there may be more} or {'closed', gate}
if not may_change then return { 'closed', gate } end

local held = P .. 'worker:' .. ARGV[2]
local claims = call('HSCAN', held, 0, 'COUNT', ARGV[3])[2]
local tasks = {}
for at = 1, math.min(#claims, 2 * tonumber(ARGV[3])), 2 do
  local number, age = unpack_from('>I6I4', claims[at + 1])
  local j = numbered_job(number)
  local t = j and get_task(j, age)
  if t and t.state == RUNNING and t.claim == claims[at] then
    tasks[#tasks + 1] = { j, t }
  else
    call('HDEL', held, claims[at])
  end
end
table.sort(tasks, function(a, b)
  if a[1].number ~= b[1].number then return a[1].number < b[1].number end
  return a[2].age < b[2].age
end)
for _, task in ipairs(tasks) do release(task[1], task[2]) end
flush()
return { 'ok', #tasks, call('HLEN', held) > 0 and 1 or 0 }
