-- The numbers of streams and jobs, which are their ages.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
--
-- The shard `index` of `shards` counts `index`, `index + shards`, .., so that no number is
-- given twice in a namespace; with one shard that is 0, 1, ..
local function next_number(field, shards, index)
  local number = call('HINCRBY', META, field, shards) - shards
  local own = number + (index - number) % shards
  if own ~= number then call('HSET', META, field, whole(own + shards)) end
  return own
end

-- Keeps a number that was given elsewhere from being given again.
local function reserve(field, number)
  local next_number = tonumber(call('HGET', META, field)) or 0
  if number >= next_number then call('HSET', META, field, whole(number + 1)) end
end
