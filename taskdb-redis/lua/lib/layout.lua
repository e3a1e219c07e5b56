-- How jobs, their lanes and tasks are packed; src/record.rs reads and writes the same.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing

-- Of a job: updated, started, unresolved, open, hard, delayed, next age, count, state, class,
-- number, created, user. What most changes touch comes first, so that it can be replaced
-- without looking at the rest.
local HEADER = '<i8i8I4I4I4I4I4I4BBI6i8I2c0'
-- Of a lane: how many tasks are in each state.
local LANE = '<I4I4I4I4I4I4'
-- What follows in a lane of a job that is being mended: the same of the tasks that were
-- visited, how many of those failed with no tolerance, and the age below which they lie.
local SEEN = '<I4I4I4I4I4I4I4I4'

-- Of a task: state, flags, how the last claim was closed, created, stream, max_retries,
-- timeout, name. Then, if `closing` is `USED` or more: updated, attempt, waiting_on,
-- dependants, retries, losses, progress. Then what the flags announce, in their order.
local TASK, USED_TASK, USED = '<BBBi8I6I4I4I2c0', '<i8I4I4I4I4I4f', 8
local OPTIONAL, ALL_SETTLED, TOLERATED, STARTED, START_AT, CLAIM, LIVE, ERROR =
  1, 2, 4, 8, 16, 32, 64, 128

-- A task that runs and has no start time and no error, whole and from `updated` to its claim.
local CLAIMED_TASK = '<BBBi8I6I4I4I2c0i8I4I4I4I4I4fi8c16I2c0i8i8i8i8'
local HELD_TASK = '<i8I4I4I4I4I4fi8c16I2c0'

-- How the last claim was closed, by its worker or otherwise.
local BY_NONE, BY_DONE, BY_FAILED, BY_RETRY, BY_LAST_RETRY, BY_RELEASE, BY_LAST_RELEASE =
  0, 1, 2, 3, 4, 5, 6
