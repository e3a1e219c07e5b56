-- Every script begins with this: names, the clock, the gate, refusals.
-- KEYS: 1 `{namespace}:meta`, which routes the script; every other key begins alike.
-- ARGV: 1 the time in microseconds, or empty for the server's
-- returns: nothing; the scripts reply {status, ..} with the status `ok` or a refusal
local call = redis.call
local pack, unpack_from = struct.pack, struct.unpack
local META = KEYS[1]
local P = string.sub(META, 1, -5)

-- The state machine is written in taskdb-core; a test holds these numbers to it.
local PENDING, READY, RUNNING, DONE, FAILED, CANCELLED = 0, 1, 2, 3, 4, 5
local JOB_RUNNING, JOB_DONE, JOB_FAILED, JOB_CANCELLED = 0, 1, 2, 3
local CLASS_SUFFIX = { ':high', '', ':low' }

-- What stands for a time that is not there; no time is this old.
local NONE = -9007199254740992

local now = tonumber(ARGV[1])
if not now then
  local time = call('TIME')
  now = time[1] * 1000000 + time[2]
end

-- Numbers as text, without an exponent and with every digit. Formatting an integer costs a
-- fraction of formatting a double.
local format = string.format
local function whole(number)
  return format('%d', number)
end

local function exact(number)
  return format(number % 1 == 0 and '%d' or '%.17g', number)
end

-- A worker type inside of a key: `:` has a meaning there.
local function escaped(name)
  if string.find(name, '[%%:]') then
    return (string.gsub(name, '[%%:]', { ['%'] = '%25', [':'] = '%3A' }))
  end
  return name
end

-- Runs a command with a list of arguments, a long one in pieces that Lua can take; pairs
-- stay together.
local PIECE = 1000
local function bulk(command, key, list)
  local size = #list
  for from = 1, size, PIECE do
    local upto = from + PIECE - 1
    call(command, key, unpack(list, from, upto < size and upto or size))
  end
end
