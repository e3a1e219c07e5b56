-- Recomputes the counters of streams from the lanes of all jobs, and their list by number, one
-- bounded step a call.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 `1` to begin anew
-- returns: {'ok', `1` while steps are left, number of streams mended} or {'closed', gate}
--
-- `mending` of the namespace is the number below which jobs have been counted, in the hash
-- `mended`; what others change of those, `count` adds there as well.
if not may_change then return { 'closed', gate } end

local JOBS, LANES, STREAMS, ALL = 200, 1000, 200, 9007199254740992
local MENDED = P .. 'mended'
if ARGV[2] == '1' then
  call('UNLINK', MENDED, P .. 'mended_jobs', P .. 'streams_by_number')
  call('HSET', META, 'mending', 0)
  mending = 0
end
-- Another repair has come to the end of what this one had begun.
if not mending then return { 'ok', 0, 0 } end

local function add_all(key, amounts)
  for field, by in pairs(amounts) do call('HINCRBY', key, field, by) end
end

local function count_jobs()
  local seen, running, left = {}, {}, LANES
  local ids = call('ZRANGEBYSCORE', P .. 'jobs', mending, '+inf', 'LIMIT', 0, JOBS)
  local upto = #ids < JOBS and ALL or nil
  for _, id in ipairs(ids) do
    local j = find_job(id)
    if left <= 0 then
      upto = j.number
      break
    end
    for stream, lane in pairs(all_lanes(j)) do
      left = left - 1
      for state = PENDING, CANCELLED do
        local field = format('%d:%d:%d', stream, j.class + 1, effective(j, state) + 1)
        if lane[state + 1] > 0 then seen[field] = (seen[field] or 0) + lane[state + 1] end
      end
    end
    if j.state == JOB_RUNNING then running[j.user] = (running[j.user] or 0) + 1 end
    mending = j.number + 1
  end
  mending = upto or mending
  add_all(MENDED, seen)
  add_all(P .. 'mended_jobs', running)
  call('HSET', META, 'mending', whole(mending))
end

-- Takes what was counted for the counters of a stream; whether they were others.
local function adopt(number)
  local s, fields, wrong = load_stream(number), {}, false
  for class = 1, 3 do
    for state = 1, 6 do fields[#fields + 1] = format('%d:%d:%d', number, class, state) end
  end
  local seen = call('HMGET', MENDED, unpack(fields))
  for class = 1, 3 do
    for state = 1, 6 do
      local should = tonumber(seen[6 * (class - 1) + state] or 0)
      wrong = wrong or s[class][state] ~= should
      s[class][state] = should
    end
    s.dirty[class], s.listed[class] = true, false
    call('ZREM', index_key(s, class), s.member)
  end
  flush_stream(s)
  return wrong
end

if mending < ALL then
  if relist_streams() then count_jobs() end
  return { 'ok', 1, 0 }
end
local ends, mended = tonumber(call('HGET', META, 'next_stream')) or 0, 0
local from = tonumber(call('HGET', MENDED, 'at')) or 0
local numbers, following = stream_numbers(from, ends, STREAMS)
for _, number in ipairs(numbers) do
  if call('EXISTS', stream_key(number)) == 1 and adopt(number) then mended = mended + 1 end
end
if following then
  call('HSET', MENDED, 'at', whole(following))
  return { 'ok', 1, mended }
end
call('UNLINK', P .. 'running_jobs', MENDED)
if call('EXISTS', P .. 'mended_jobs') == 1 then
  call('RENAME', P .. 'mended_jobs', P .. 'running_jobs')
end
call('HDEL', META, 'mending')
wake_everyone = true
send_wake()
return { 'ok', 0, mended }
