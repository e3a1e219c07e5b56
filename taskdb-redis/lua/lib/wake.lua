-- Tells waiting workers that tasks became ready, and those at work, under the name of no worker
-- type at all, that claims were taken away.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing; one message a worker type on the channel `{namespace}:wake`
local woken, wake_everyone = {}, false

local function send_wake()
  if wake_everyone then call('PUBLISH', P .. 'wake', '*') end
  for worker_type, count in pairs(woken) do
    if worker_type == '' or not wake_everyone then
      call('PUBLISH', P .. 'wake', whole(count) .. ' ' .. worker_type)
    end
  end
end
