-- Writes records of an export, all or none; what is there already stays.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 `1` to check only; then records: `s`, `j`, `t`, `k`, `c` or `n` and its values
-- returns: {'ok'} or a refusal
if not may_change and call('HEXISTS', META, 'mark') == 0 then return { 'closed', gate } end

local VALUES = { s = 8, j = 14, t = TASK_VALUES, k = 4, c = 5, n = 2 }

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

-- job id and the number that it has in another shard
local function take_number(at, dry)
  local id, number = ARGV[at], tonumber(ARGV[at + 1])
  if not dry then return reserve('next_job', number) end
  local holder = call('ZRANGEBYSCORE', P .. 'jobs', number, number)[1]
  if holder and holder ~= id then return { 'job_age', id } end
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
  else
    take_kept(at)
  end
end)
flush()
return { 'ok' }
