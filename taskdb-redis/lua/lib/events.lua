-- Writing down what happens, as far as the namespace wants it.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing; an entry of the stream `{namespace}:events` for each event
--
-- A task is named as it was before the event: whoever runs it then is its worker.
local note_job, note_trouble, note_step
do
  local OFF, ALL = 0, 2

  local function write_event(j, t, kind, detail)
    local entry = { 'kind', kind, 'at', whole(now), 'job', j.id }
    if t then
      entry[7], entry[8] = 'task', t.name
      if t.attempt > 0 then entry[9], entry[10] = 'attempt', whole(t.attempt) end
      if t.state == RUNNING and t.worker then
        entry[#entry + 1], entry[#entry + 2] = 'worker', t.worker
      end
    end
    if detail then entry[#entry + 1], entry[#entry + 2] = 'detail', detail end
    call('XADD', P .. 'events', '*', unpack(entry))
  end

  -- Something has happened to a job.
  function note_job(j, kind, detail)
    if event_level > OFF then write_event(j, nil, kind, detail) end
  end

  -- A task has failed, was cancelled or goes on to another attempt.
  function note_trouble(j, t, kind, detail)
    if event_level > OFF then write_event(j, t, kind, detail) end
  end

  -- A task goes its way.
  function note_step(j, t, kind, detail)
    if event_level == ALL then write_event(j, t, kind, detail) end
  end
end
