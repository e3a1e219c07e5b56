-- Writes records of an export, all or none; what is there already stays.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 `1` to check only; then records: `s`, `j`, `t`, `k`, `c`, `e` or `n` and its values
-- returns: {'ok'} or a refusal
if not may_change and call('HEXISTS', META, 'mark') == 0 then return { 'closed', gate } end

local VALUES = { s = 8, j = 14, t = TASK_VALUES, k = 4, c = 5, e = 9, n = 3 }

-- job id, task name, output, end of its time
local function take_kept(at)
  keep_output(ARGV[at], ARGV[at + 1], ARGV[at + 2], tonumber(ARGV[at + 3]))
end

-- name, body, revision, next tick or '', last one that made a job or ''
local function take_schedule(at)
  local key = schedule_key(ARGV[at])
  if call('EXISTS', key) == 1 then return end
  write_schedule(ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3])
  if ARGV[at + 4] ~= '' then call('HSET', key, 'fired_at', ARGV[at + 4]) end
end

local take_event
do
  -- The number of the last event that the log has held; entries are named by milliseconds and
  -- a count, and so are numbers.
  local STREAM, last_event = 'STREAM', nil
  local function find_last_event(log)
    if call('EXISTS', log) == 0 then return 0 end
    local about, i = call('XINFO', STREAM, log), 1
    while about[i] ~= 'last-generated-id' do i = i + 2 end
    local time, count = string.match(about[i + 1], '(%d+)-(%d+)')
    return time * 1000 + math.min(999, tonumber(count))
  end

  -- number, time, kind, job id, task name or '', attempt or '', worker or '', whether there is
  -- a detail, detail
  function take_event(at)
    local log, number = P .. 'events', tonumber(ARGV[at])
    last_event = last_event or find_last_event(log)
    if number <= last_event then return end
    last_event = number
    local entry = { 'kind', ARGV[at + 2], 'at', ARGV[at + 1], 'job', ARGV[at + 3] }
    for i, field in ipairs({ 'task', 'attempt', 'worker' }) do
      if ARGV[at + 3 + i] ~= '' then
        entry[#entry + 1], entry[#entry + 2] = field, ARGV[at + 3 + i]
      end
    end
    if ARGV[at + 7] == '1' then entry[#entry + 1], entry[#entry + 2] = 'detail', ARGV[at + 8] end
    local name = whole(math.floor(number / 1000)) .. '-' .. whole(number % 1000)
    call('XADD', log, name, unpack(entry))
  end
end

-- job id, the number that it has in another shard, `1` where it has been there before
local function take_number(at, dry)
  local id, number = ARGV[at], tonumber(ARGV[at + 1])
  if not dry then return reserve('next_job', number) end
  return ARGV[at + 2] ~= '1' and check_number(id, number) or nil
end

local function walk_records(visit)
  local at = 3
  while at <= #ARGV do
    local kind = ARGV[at]
    local refusal = visit(kind, at + 1)
    if refusal then return refusal end
    at = at + 1 + VALUES[kind]
  end
end

local refusal = walk_records(function(kind, at)
  if kind == 's' then return take_stream(at, true) end
  if kind == 'j' then return take_job(at, true) end
  if kind == 't' then return check_task(at) end
  if kind == 'n' then return take_number(at, true) end
end)
if refusal or ARGV[2] == '1' then return refusal or { 'ok' } end
walk_records(function(kind, at)
  if kind == 's' then
    take_stream(at, false)
  elseif kind == 'j' then
    take_job(at, false)
  elseif kind == 't' then
    insert_task(at)
  elseif kind == 'n' then
    take_number(at, false)
  elseif kind == 'c' then
    take_schedule(at)
  elseif kind == 'e' then
    take_event(at)
  else
    take_kept(at)
  end
end)
flush()
return { 'ok' }
