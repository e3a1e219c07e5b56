-- Who is next: the stream, how many tasks it gets in a row, and which.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing

-- Writes what decides who is next.
local function settle_indexes()
  for _, j in pairs(jobs) do
    if j and j.changed then flush_lanes(j) end
  end
  flush_streams()
end

-- The stream with the smallest share in the highest class that has ready work, the class,
-- and what must not come before it: share and name of the stream behind it. Who wants one
-- task does not ask for those.
local function next_stream(index, one)
  for class = 1, 3 do
    local key = index .. CLASS_SUFFIX[class]
    local best = one and call('ZRANGE', key, 0, 0) or call('ZRANGE', key, 0, 1, 'WITHSCORES')
    if best[1] then
      return load_stream(tonumber(string.sub(best[1], 9))), class, tonumber(best[4]), best[3]
    end
  end
end

-- How many of `most` tasks a stream gets before the one behind it.
local function turn(s, share, name, most)
  if not share then return most end
  local tasks = 1
  while tasks < most do
    local own = share_of(s, tasks)
    if own > share or (own == share and s.member > name) then break end
    tasks = tasks + 1
  end
  return tasks
end

-- The oldest job of a stream with ready work in a class, and the ages of its oldest tasks,
-- as text.
local function oldest_tasks(s, class, most)
  local id = call('ZRANGE', ready_key(s.number, class), 0, 0)[1]
  if not id then return nil, {} end
  local j, counts = jobs[id], nil
  if not j then
    j, counts = find_job(id, 'l' .. whole(s.number))
    parse_lane(j, s.number, counts)
  end
  local lane = lane_of(j, s.number)
  if is_single(j) then return j, { lane[READY + 1] > 0 and '0' or nil } end
  return j, call('ZRANGEBYSCORE', lane.key, 0, '+inf', 'LIMIT', 0, most)
end
