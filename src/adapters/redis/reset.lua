-- Everyone leaves at once.
-- KEYS: roster, tombstones, epoch. ARGV: unit, id for a new epoch, sent_ms, patience_ms.
-- Returns what commit.lua does.

local LEAD_MS = 10000  -- how far ahead of now a score may lie

local roster, left, epoch = KEYS[1], KEYS[2], KEYS[3]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now >= tonumber(ARGV[3]) + tonumber(ARGV[4]) then return {'late', now} end

-- After every touch that the roster holds, or a copy of a later one would undo the reset.
local latest = redis.call('ZREVRANGE', roster, 0, 0, 'WITHSCORES')[2] or 0
local factor = ARGV[1] == 's' and 1000 or 1
local seen = math.min(math.ceil(tonumber(latest) * factor - 0.001), now + LEAD_MS)
local before = math.min(tonumber(redis.call('HGET', epoch, 'reset_at') or 0), now + LEAD_MS)
local reset_at = math.max(now, seen, before)

redis.call('HSETNX', epoch, 'id', ARGV[2])
redis.call('HSET', epoch, 'reset_at', string.format('%.0f', reset_at))
redis.call('UNLINK', roster, left)
return {0, now, redis.call('HGET', epoch, 'id'), reset_at, 0, 0}
