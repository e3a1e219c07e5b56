-- Writes records of an export, all or none; what is there already stays.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; then records: `s`, `j`, `t` or `k` and its values
-- returns: {'ok'} or a refusal
if not may_change then return { 'closed', gate } end

local VALUES = { s = 8, j = 12, t = TASK_VALUES, k = 4 }

-- job id, task name, output, end of its time
local function take_kept(at)
  keep_output(ARGV[at], ARGV[at + 1], ARGV[at + 2], tonumber(ARGV[at + 3]))
end

local function walk_records(visit)
  local at = 2
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
end)
if refusal then return refusal end
walk_records(function(kind, at)
  if kind == 's' then
    take_stream(at, false)
  elseif kind == 'j' then
    take_job(at, false)
  elseif kind == 't' then
    insert_task(at)
  else
    take_kept(at)
  end
end)
flush()
return { 'ok' }
