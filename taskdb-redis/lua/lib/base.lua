-- Every script begins with this: names, the clock, codes.
-- KEYS: 1 `{namespace}:meta`, which routes the script; every other key begins alike.
-- ARGV: 1 the time in microseconds, or empty for the server's
-- returns: nothing; the scripts reply {status, ..} with the status `ok` or a refusal
local call, allowed, format = redis.call, redis.acl_check_cmd, string.format
local pack, unpack_from = struct.pack, struct.unpack
local META = KEYS[1]
local P = string.sub(META, 1, -5)

-- The state machine is written in taskdb-core; a test holds these numbers to it.
local PENDING, READY, RUNNING, DONE, FAILED, CANCELLED = 0, 1, 2, 3, 4, 5
local JOB_RUNNING, JOB_DONE, JOB_FAILED, JOB_CANCELLED = 0, 1, 2, 3

-- What stands for a time that is not there; no time is this old.
local NONE = -9007199254740992

local now = tonumber(ARGV[1])
if not now then
  local time = call('TIME')
  now = time[1] * 1000000 + time[2]
end
