-- What a claim is answered with.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing; `tasks` fills, each {claim id, job id, class, stream id, record, definition}
local tasks = {}
-- How many values follow the claim ids.
local BEHIND = 0

local function hand_out(claim, j, t, record, definition)
  tasks[#tasks + 1] = { claim, j.id, j.class, load_stream(t.stream).id, record, definition }
end
