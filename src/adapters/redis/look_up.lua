-- How users stand.
-- KEYS: nodes and state of each user, as presence.lua keeps them.
-- Returns {status, seq, connections, places, settle_in_ms} for each.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local standings = {}
for i = 1, #KEYS, 2 do
  local counts = redis.call('HVALS', KEYS[i])
  local facts = redis.call('HMGET', KEYS[i + 1], 'status', 'seq', 'until')
  local connections, grace_until = 0, tonumber(facts[3] or 0)
  for _, count in ipairs(counts) do connections = connections + tonumber(count) end
  -- What was not held again in time has expired, and nobody has told it yet.
  local present = connections > 0 or grace_until > 0
  standings[#standings + 1] = {
    present and facts[1] or 'offline', tonumber(facts[2] or 0), connections, #counts,
    connections == 0 and math.max(grace_until - now, 0) or 0,
  }
end
return standings
