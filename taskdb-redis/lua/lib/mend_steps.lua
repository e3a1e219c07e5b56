-- Recomputing what is derived of a job from its tasks: its steps.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
local visit_tasks, compare_posts
do
  local VISITS, EDGES, CHUNKS, MEMBERS = 250, 1000, 1000, 500

  -- Appends dependants to the lists as they should be.
  local function keep_posts(j, posts)
    local key, fields = mend_key(j), {}
    for age, list in pairs(posts) do
      local size = tonumber(call('HGET', key, 'c' .. whole(age))) or 0
      local chunk, packed = math.floor(size / CHUNK), table.concat(list)
      local field = 'p' .. whole(age) .. '.'
      if size % CHUNK > 0 then packed = call('HGET', key, field .. whole(chunk)) .. packed end
      for at = 1, #packed, 4 * CHUNK do
        fields[#fields + 1] = field .. whole(chunk + (at - 1) / (4 * CHUNK))
        fields[#fields + 1] = string.sub(packed, at, at + 4 * CHUNK - 1)
      end
      fields[#fields + 1], fields[#fields + 2] = 'c' .. whole(age), whole(size + #list)
    end
    bulk('HSET', key, fields)
  end

  -- Visits tasks from an age on; how many were made ready, how many were wrong, and the age to go
  -- on with.
  visit_tasks = function(j, age)
    local posts, edges, readied, wrong, tasks = {}, 0, 0, 0, 0
    local fields, from, upto = {}, age, math.min(j.next, age + VISITS)
    for each = from, upto - 1 do
      local name = whole(each)
      fields[#fields + 1], fields[#fields + 2], fields[#fields + 3] = 't' .. name, 'd' .. name, 'x' .. name
    end
    local raw = call('HMGET', j.key, unpack(fields))
    while age < upto and edges < EDGES do
      local at = 3 * (age - from)
      local t = j.tasks[age] or raw[at + 1] and parse_task(raw[at + 1], age)
      if t then
        j.tasks[age], tasks = t, tasks + 1
        local names, lane = names_of(raw[at + 2] or '\0\0\0\0'), seen_lane(j, t)
        edges = edges + #names
        if mend_task(j, t, names, posts) then wrong = wrong + 1 end
        mend_place(j, t, lane, raw[at + 3])
        see(j, t, lane)
        if t.state == PENDING and t.waiting_on == 0 and not t.start_at and j.state == JOB_RUNNING then
          make_ready(j, t)
          readied = readied + 1
        end
      end
      age = age + 1
    end
    keep_posts(j, posts)
    call('HINCRBY', mend_key(j), 'tasks', tasks)
    call('HSET', mend_key(j), 'age', whole(age))
    return readied, wrong, age
  end

  -- Puts the list of a task's dependants right. One that was not told of its end while the list
  -- was wrong is found when all tasks are visited again.
  local function mend_posts(j, t, size)
    local chunks, wrong = math.ceil(size / CHUNK), t.posts ~= size
    for chunk = 0, math.max(chunks, math.ceil(t.posts / CHUNK)) - 1 do
      local field = 'p' .. whole(t.age) .. '.' .. whole(chunk)
      local should = chunk < chunks and call('HGET', mend_key(j), field)
      if not should then
        call('HDEL', j.key, field)
      elseif call('HGET', j.key, field) ~= should then
        call('HSET', j.key, field, should)
        wrong = true
      end
    end
    if wrong then
      t.posts, t.changed = size, true
      call('HSET', mend_key(j), 'again', 1)
    end
    return math.max(1, chunks)
  end

  compare_posts = function(j, age)
    local budget, upto, fields, records = CHUNKS, math.min(j.next, age + MEMBERS), {}, {}
    for each = age, upto - 1 do
      fields[#fields + 1], records[#records + 1] = 'c' .. whole(each), 't' .. whole(each)
    end
    local sizes, raw, from = call('HMGET', mend_key(j), unpack(fields)), nil, age
    raw = call('HMGET', j.key, unpack(records))
    while age < upto and budget > 0 do
      local record = raw[age - from + 1]
      local t = j.tasks[age] or record and parse_task(record, age)
      if t then
        j.tasks[age] = t
        budget = budget - mend_posts(j, t, tonumber(sizes[age - from + 1]) or 0)
      end
      age = age + 1
    end
    call('HSET', mend_key(j), 'posts', whole(age))
    return age
  end
end
