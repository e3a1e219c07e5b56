-- A claim for which `claim_one` or `claim_many` has found no work: workers that wait and those who
-- look into every shard ask for nothing else.
-- KEYS: 1 as in base
-- ARGV: as in request_work
-- returns: the answer of request_work; nothing where a claim id holds a task, for the request
--   is repeated then
if idle_until then
  local held
  for i = 5, #ARGV do
    held = held or call('HGET', format('%sclaims:%02x', P, string.byte(ARGV[i])), ARGV[i])
  end
  if not held then return { 'ok', idle_until, format('%d', now) } end
end
