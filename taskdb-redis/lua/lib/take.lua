-- Taking in jobs of an export.
-- KEYS: 1 as in base
-- ARGV: a record is its kind and then its values, see the function
-- returns: nothing; the function answers a refusal, or nothing
--
-- With `dry` everything is checked and nothing written.
-- Jobs of the records: the names and ages of their tasks by id, their ids by number.
local jobs_seen, job_numbers_seen = {}, {}

-- Refuses a number that another job has, here or among the records.
local function check_number(id, number)
  local holder = call('ZRANGEBYSCORE', P .. 'jobs', number, number)[1] or job_numbers_seen[number]
  if holder and holder ~= id then return { 'job_age', id } end
  job_numbers_seen[number] = id
end

-- id, number, user, state, class, error or '', `1` with an error, key or '', its end or '',
-- created, started or '', updated, `1` if retention passes it by, name and labels or ''
local function take_job(at, dry)
  local id, number = ARGV[at], tonumber(ARGV[at + 1])
  local known = find_job(id) or jobs_seen[id]
  if dry then
    jobs_seen[id] = jobs_seen[id] or { names = {}, ages = {} }
    return not known and check_number(id, number) or nil
  end
  if find_job(id) then return end
  local j = { id = id, key = P .. 'job:' .. id, lanes = {}, tasks = {}, posts = {}, fields = {} }
  j.number, j.user, j.state, j.class = number, ARGV[at + 2], tonumber(ARGV[at + 3]),
    tonumber(ARGV[at + 4])
  j.next, j.count, j.unresolved, j.open, j.hard, j.delayed = 0, 0, 0, 0, 0, 0
  j.created, j.started, j.updated = tonumber(ARGV[at + 9]), tonumber(ARGV[at + 10]) or NONE,
    tonumber(ARGV[at + 11])
  j.lane_numbers, j.changed, jobs[id] = '', true, j
  if ARGV[at + 6] == '1' then j.fields = { 'error', ARGV[at + 5] } end
  if ARGV[at + 7] ~= '' then
    local field = j.user .. '\0' .. ARGV[at + 7]
    call('HSET', P .. 'keys', field, pack('<i8', tonumber(ARGV[at + 8]) or NONE) .. id)
    call('HSET', j.key, 'key', field)
  end
  call('ZADD', P .. 'jobs', number, id)
  if j.state == JOB_RUNNING then
    count_running(j, 1)
  else
    call('ZADD', P .. FINISHED[j.state], number, id)
  end
  if ARGV[at + 12] == '1' then set_kept(j, true) end
  if ARGV[at + 13] ~= '' then put(j, 'about', ARGV[at + 13]) end
  reserve('next_job', number)
end
