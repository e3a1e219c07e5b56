-- Recomputes the counters of streams from the lanes of all jobs.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now
-- returns: {'ok', number of streams mended} or {'closed', gate}
if not may_change then return { 'closed', gate } end

local truth, mended, running = {}, 0, {}
local function counts_for(stream)
  local counts = truth[stream]
  if not counts then
    counts = { { 0, 0, 0, 0, 0, 0 }, { 0, 0, 0, 0, 0, 0 }, { 0, 0, 0, 0, 0, 0 } }
    truth[stream] = counts
  end
  return counts
end

for _, id in ipairs(call('ZRANGE', P .. 'jobs', 0, -1)) do
  local j = find_job(id)
  for stream, lane in pairs(all_lanes(j)) do
    local counts = counts_for(stream)[j.class + 1]
    for state = PENDING, CANCELLED do
      local place = effective(j, state) + 1
      counts[place] = counts[place] + lane[state + 1]
    end
  end
  if j.state == JOB_RUNNING then
    running[j.user] = (running[j.user] or 0) + 1
  else
    call('ZADD', P .. FINISHED[j.state], j.number, id)
  end
  jobs[id] = nil
end

local ends = tonumber(call('HGET', META, 'next_stream')) or 0
for number = 0, ends - 1 do
  if call('EXISTS', stream_key(number)) == 1 then
    local s, counts, wrong = load_stream(number), counts_for(number), false
    for class = 1, 3 do
      for state = 1, 6 do wrong = wrong or s[class][state] ~= counts[class][state] end
      s[class], s.dirty[class] = counts[class], true
      call('ZREM', index_key(s, class), s.member)
      s.listed[class] = false
    end
    flush_stream(s)
    if wrong then mended = mended + 1 end
  end
end
call('DEL', P .. 'running_jobs')
for user, number in pairs(running) do call('HSET', P .. 'running_jobs', user, whole(number)) end
wake_everyone = true
send_wake()
return { 'ok', mended }
