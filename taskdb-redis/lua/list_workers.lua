-- Reads workers that live by name, a bounded number and size a call.
-- KEYS: 1 `{namespace}:meta`
-- ARGV: 1 now; 2 the name behind which to begin, or empty; 3 most workers to look at
-- returns: {'ok', name to go on behind or '', worker..}; a worker is {name, what it says, seen,
--   end of its time}
return page_by_name('workers', ARGV[2], tonumber(ARGV[3]), function(name)
  local about, seen, ends = unpack(call('HMGET', worker_key(name), 'about', 'seen_at', 'expires_at'))
  if tonumber(ends) > now then return { name, about, seen, ends }, #about end
end)
