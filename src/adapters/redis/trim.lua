-- Forgets some of what is too old to matter, by rank: a removal by score of many members would
-- block the server for as long as it takes.
-- KEYS: roster, tombstones. ARGV: unit, ttl_ms, most members to remove.
-- Returns {members removed, tombstones removed, scores pulled back}.

local LEAD_MS = 10000  -- how far ahead of now a score may lie

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local most = tonumber(ARGV[3])

local function score_of(ms)
  if ARGV[1] == 's' then return string.format('%.6f', ms / 1000) end
  return string.format('%.0f', ms)
end

local function trim(key, cutoff)
  local stale = redis.call('ZCOUNT', key, '-inf', '(' .. cutoff)
  local count = math.min(stale, most)
  if count > 0 then redis.call('ZREMRANGEBYRANK', key, 0, count - 1) end
  return count
end

-- A clock that was ahead must not keep anyone alive until the others catch up with it.
local function pull_back(key, ceiling)
  local ahead = redis.call('ZRANGEBYSCORE', key, '(' .. ceiling, '+inf', 'LIMIT', 0,
                           math.min(most, 1000))
  if #ahead == 0 then return 0 end
  local pairs_of = {}
  for _, member in ipairs(ahead) do
    pairs_of[#pairs_of + 1] = ceiling
    pairs_of[#pairs_of + 1] = member
  end
  redis.call('ZADD', key, 'XX', unpack(pairs_of))
  return #ahead
end

local cutoff = now - tonumber(ARGV[2])
return {
  trim(KEYS[1], score_of(cutoff)),
  trim(KEYS[2], string.format('%.0f', cutoff)),
  pull_back(KEYS[1], score_of(now + LEAD_MS)) +
    pull_back(KEYS[2], string.format('%.0f', now + LEAD_MS)),
}
