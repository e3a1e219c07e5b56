-- Tells waiting workers that tasks became ready.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing; one message a worker type on the channel `{namespace}:wake`
local woken, wake_everyone = {}, false

local function send_wake()
  if wake_everyone then
    call('PUBLISH', P .. 'wake', '*')
  else
    for worker_type, count in pairs(woken) do
      call('PUBLISH', P .. 'wake', whole(count) .. ' ' .. worker_type)
    end
  end
end
