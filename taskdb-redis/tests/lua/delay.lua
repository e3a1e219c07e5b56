-- The delays that the engine comes to, behind the parts of it that `rules` needs.
-- KEYS: 1 any key
-- ARGV: 1 now; then first, cap, jitter, age and retries of each
-- returns the microseconds of each, as text
local found = {}
for at = 2, #ARGV, 5 do
  local first, cap, jitter = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local age, retries = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
  found[#found + 1] = format('%.0f', backoff(first, cap, jitter, age, retries))
end
return found
