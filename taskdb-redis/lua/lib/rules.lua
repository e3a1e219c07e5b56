-- Rules of tasks: the field `x<age>` of a job, where a task has any.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
--
-- Packed: first and greatest delay in microseconds, the percentage that may be taken off, the
-- most lost claims, the time to start by; src/record.rs reads and writes the same.
local RULED, NO_CAP = '<i8i8BI6i8', 281474976710655
local NO_RULES = pack('<i8i8BI6', 0, 0, 0, NO_CAP)

local function read_rules(j, age)
  return call('HGET', j.key, 'x' .. whole(age))
end

-- What makes two tasks the same, which the time to start by does not.
local function rules_of(j, age)
  local raw = read_rules(j, age)
  return raw and string.sub(raw, 1, #NO_RULES) or NO_RULES
end

-- Forgets by when a task has to start.
local function void_start(j, age)
  local raw = read_rules(j, age)
  if raw then put(j, 'x' .. whole(age), string.sub(raw, 1, #NO_RULES) .. pack('<i8', NONE)) end
end

-- How many microseconds a task of this age waits that has been retried so often before. Each
-- step is that of `Backoff::delay` in taskdb-core: every store comes to the same time.
local function backoff(first, cap, jitter, age, retries)
  local delay = math.min(math.ldexp(first, math.min(retries, 62)), cap)
  local place = age * 0.6180339887498949 + retries * 0.7548776662466927
  return math.floor(delay * (1 - jitter / 100 * (place - math.floor(place))))
end

-- When the next attempt at a task may start, unless at once, and how many of its claims may
-- expire, if there is a cap.
local function retry_rules(j, t)
  local raw = read_rules(j, t.age)
  if not raw then return end
  local first, cap, jitter, losses = unpack_from(RULED, raw)
  local delay = backoff(first, cap, jitter, t.age, t.retries)
  return delay > 0 and now + delay or nil, losses < NO_CAP and losses or nil
end
