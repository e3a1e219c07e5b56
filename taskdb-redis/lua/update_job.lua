-- Changes the class of a job, or whether retention passes it by.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 job id; 3 class or empty; 4 `1` or `0` to keep it or not, or empty
-- returns: {'ok'} or a refusal
if not may_change then return { 'closed', gate } end

-- Every count of the job moves, and its places in the indexes of its streams; those of its
-- tasks stay, for they lie in the job.
local function set_class(j, class)
  for _, lane in pairs(all_lanes(j)) do
    local s = load_stream(lane.stream)
    for state = PENDING, CANCELLED do
      local seen = effective(j, state)
      count(s, j.class + 1, seen, -lane[state + 1], j.number)
      count(s, class + 1, seen, lane[state + 1], j.number)
    end
    if lane.listed then call('ZREM', ready_key(lane.stream, j.class + 1), j.id) end
    lane.listed, lane.changed = false, true
  end
  j.class, j.changed = class, true
end

local j, class = find_job(ARGV[2]), tonumber(ARGV[3])
if not j then return { 'no_job' } end
if class and class ~= j.class then set_class(j, class) end
if ARGV[4] ~= '' then set_kept(j, ARGV[4] == '1') end
flush()
return { 'ok' }
