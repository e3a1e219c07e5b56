-- Puts back what a worker holds, in steps over all claims.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 worker id; 3 cursor of the step, `0` to begin; 4 about how many claims to look at
-- returns: {'ok', number of tasks put back, cursor to go on with or `0`} or {'closed', gate}
if not may_change then return { 'closed', gate } end

local cursor, claims = unpack(call('HSCAN', P .. 'claims', ARGV[3], 'COUNT', ARGV[4]))
local tasks = {}
for at = 1, #claims, 2 do
  local place = claims[at + 1]
  if string.sub(place, 11) == ARGV[2] then
    local number, age = unpack_from('>I6I4', place)
    local j = numbered_job(number)
    local t = j and get_task(j, age)
    if t and t.state == RUNNING and t.claim == claims[at] then
      tasks[#tasks + 1] = { j, t }
    else
      -- A damaged record must not stop the others.
      call('HDEL', P .. 'claims', claims[at])
    end
  end
end
table.sort(tasks, function(a, b)
  if a[1].number ~= b[1].number then return a[1].number < b[1].number end
  return a[2].age < b[2].age
end)
for _, task in ipairs(tasks) do release(task[1], task[2]) end
flush()
return { 'ok', #tasks, cursor }
