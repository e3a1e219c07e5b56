-- The end of a job by the straight ways: its last open task is done.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
local function end_job(header, number, id, events)
  call('HINCRBY', P .. 'running_jobs', (unpack_from('<I2c0', header, 57)), '-1')
  call('ZADD', P .. 'done_jobs', format('%d', number), id)
  if events ~= '0' then
    call('XADD', P .. 'events', '*', 'kind', 'done', 'at', format('%d', now), 'job', id)
  end
end
