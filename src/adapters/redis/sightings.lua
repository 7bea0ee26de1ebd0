-- When members were seen last, by the store's clock.
-- KEYS: roster. ARGV: members. Returns {now_ms, score or nil for each member, in their order}.

local CHUNK = 1000  -- Lua's stack takes no more than a few thousand arguments

local time = redis.call('TIME')
local reply = {time[1] * 1000 + math.floor(time[2] / 1000)}
for first = 1, #ARGV, CHUNK do
  local last = math.min(first + CHUNK - 1, #ARGV)
  for _, score in ipairs(redis.call('ZMSCORE', KEYS[1], unpack(ARGV, first, last))) do
    reply[#reply + 1] = score
  end
end
return reply
