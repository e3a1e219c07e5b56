-- Recomputes what is derived of one job from its tasks.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 lowest number of the job
-- returns: {'ok', number to go on with or '' after the last, tasks readied, tasks recounted,
--   `1` when the job was mended} or {'closed', gate}
if not may_change then return { 'closed', gate } end

local id = call('ZRANGEBYSCORE', P .. 'jobs', ARGV[2], '+inf', 'LIMIT', 0, 1)[1]
if not id then return { 'ok', '', 0, 0, 0 } end
local j = find_job(id)
local before, readied = j.state, 0
local recounted = mend_edges(j)
local mended = mend_lanes(j)
if not stopped(j) then
  for age = 0, j.next - 1 do
    local t = get_task(j, age)
    if t and t.state == PENDING and t.waiting_on == 0 then
      if t.start_at then
        delay(j, t)
      else
        make_ready(j, t)
        readied = readied + 1
      end
    end
  end
  close_if_over(j)
end
j.changed = true
flush()
recount('delayed')
mended = mended or j.state ~= before
return { 'ok', whole(j.number + 1), readied, recounted, mended and 1 or 0 }
