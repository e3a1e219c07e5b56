-- Listing streams by their ids, numbers and owners.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
--
-- A stream stays in `streams_by_number` when it is deleted, as its id stays taken: so the set is
-- whole as long as it has as many members as `streams` and `deleted_streams` have together, which
-- releases that do not know it cannot keep up.

-- `owner` is the user and the worker type with a zero between them; a deleted stream has none.
local function enlist(id, number, owner)
  if owner then
    call('HDEL', P .. 'deleted_streams', id)
    call('HSET', P .. 'streams', id, whole(number))
    call('ZADD', P .. 'streams_by_owner', 0, owner .. '\0' .. pack('>I6', number))
  else
    call('HSET', P .. 'deleted_streams', id, whole(number))
  end
  call('ZADD', P .. 'streams_by_number', whole(number), id)
end
