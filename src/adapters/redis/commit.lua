-- A batch of touches and leaves, and the count after them, as one change.
-- KEYS: roster, tombstones (member -> time of its leave in ms),
--       epoch (hash: id, and in ms reset_at, merging_until).
-- ARGV: unit, ttl_ms, key_expiry_ms (0: none), id for a new epoch,
--       sent_ms (by this clock; it may be later), patience_ms,
--       witness' epoch, filled_at_ms (0: no witness), witness,
--       what for ('': as it comes; 'merge'; 'fill', a merge that is marked), reset_age_ms (of a merge; '': none),
--       number of touches, then age_ms, member for each touch, and after them for each leave.
-- Returns {online, now_ms, epoch id, reset_at_ms, 1 while it is being filled,
--          1 when a merge has to be sent again: its reset has more to remove},
-- or {'late', now_ms}: the sender has given up by now, and nothing was done.
-- redis.call raises what Redis refuses, so that no count follows a refused write.

local LEAD_MS = 10000       -- how far ahead of now a score may lie
local CHUNK = 1000          -- Lua's stack takes no more than a few thousand arguments
local MOST_REMOVED = 5000   -- at a time, for it blocks
local MERGING_MS = 3000     -- how long the mark of a merge stands
local TOMBSTONE_GRACE_MS = 60000
local FIRST = 13

local roster, left, epoch = KEYS[1], KEYS[2], KEYS[3]
local argv = ARGV  -- a global costs a look-up each time
local in_seconds = argv[1] == 's'
local ttl = tonumber(argv[2])
local is_merge = argv[10] ~= ''
local is_read = #argv < FIRST and not is_merge

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local sent = tonumber(argv[5])
if not is_read and now >= sent + tonumber(argv[6]) then return {'late', now} end
sent = math.min(sent, now)

local function score_of(ms)
  if in_seconds then return string.format('%.6f', ms / 1000) end
  return string.format('%.0f', ms)
end

-- A float of seconds is off by less than a microsecond; rounded up, it is never before the touch.
local function ms_of(score)
  if in_seconds then return math.ceil(tonumber(score) * 1000 - 0.001) end
  return math.ceil(tonumber(score))
end

local cutoff = now - ttl
local known = redis.call('HMGET', epoch, 'id', 'reset_at', 'merging_until')
local id, reset_at, merging_until = known[1], tonumber(known[2] or 0), tonumber(known[3] or 0)

local function reset(at)
  reset_at = at
  redis.call('HSET', epoch, 'reset_at', string.format('%.0f', at))
end

-- The witness was touched at filled_at. It is gone, did not leave, and whoever is here came later:
-- then another program has deleted the roster in between. (Under another epoch data was lost.)
local filled_at = tonumber(argv[8])
local key_expiry = tonumber(argv[3])
local expired = key_expiry > 0 and filled_at + key_expiry <= now
if filled_at >= cutoff and filled_at > reset_at and not expired and id == argv[7]
   and not redis.call('ZSCORE', roster, argv[9])
   and tonumber(redis.call('ZSCORE', left, argv[9]) or 0) < filled_at then
  local oldest = redis.call('ZRANGE', roster, 0, 0, 'WITHSCORES')[2]
  local gone_by = oldest and math.min(now, ms_of(oldest) - 1) or now
  if gone_by >= filled_at then reset(gone_by) end
end

if is_read then
  local merging = now < merging_until and merging_until <= now + MERGING_MS
  return {redis.call('ZCOUNT', roster, score_of(cutoff), '+inf'), now, id or '', reset_at,
          merging and 1 or 0, 0}
end

if not id then
  id = argv[4]
  redis.call('HSET', epoch, 'id', id)
end

-- Whoever was seen no later than the reset is gone; returns whether some of them are left.
local function remove_reset()
  local count = redis.call('ZCOUNT', roster, '-inf', score_of(reset_at))
  if count == 0 then return false end
  local later = redis.call('ZRANGEBYSCORE', roster, '(' .. score_of(reset_at), '+inf',
                           'WITHSCORES', 'LIMIT', 0, CHUNK + 1)
  if #later > 2 * CHUNK then
    redis.call('ZREMRANGEBYRANK', roster, 0, math.min(count, MOST_REMOVED) - 1)
    return count > MOST_REMOVED
  end
  redis.call('UNLINK', roster)
  for i = 1, #later, 2 do later[i], later[i + 1] = later[i + 1], later[i] end
  if #later > 0 then
    redis.call('ZADD', roster, unpack(later))
    if key_expiry > 0 then redis.call('PEXPIRE', roster, key_expiry) end
  end
  return false
end

local more = 0
if is_merge then
  if argv[10] == 'fill' then
    merging_until = now + MERGING_MS
    redis.call('HSET', epoch, 'merging_until', string.format('%.0f', merging_until))
  end
  local reset_age = tonumber(argv[11])
  if reset_age then
    -- One that may be the same is left as it is, or it would grow with each copy.
    if reset_at < sent - reset_age then reset(now - reset_age) end
    more = remove_reset() and 1 or 0
  end
end
local merging = now < merging_until and merging_until <= now + MERGING_MS
local touches_end = FIRST + 2 * tonumber(argv[12])

local function scores_of(key, first, last)
  local members = {}
  for i = first, last, 2 do members[#members + 1] = argv[i + 1] end
  return redis.call('ZMSCORE', key, unpack(members))
end

local has_tombstones = redis.call('EXISTS', left) == 1
local fresh_floor = math.max(now, math.min(reset_at + 1, now + LEAD_MS))
local fresh_score = score_of(fresh_floor)

-- The time of a touch; nothing for one that a leave, a reset or the ttl has overtaken.
local function time_of_touch(age, tombstone)
  if age <= 0 then
    return math.max(fresh_floor, math.min((tombstone or 0) + 1, now + LEAD_MS))
  end
  local time_ms = sent - age  -- a copy of a touch may be early, one of a leave late
  if time_ms <= reset_at or time_ms < cutoff then return nil end
  if tombstone and time_ms <= tombstone then return nil end
  return time_ms
end

-- Writes scores over the ages in ARGV where it can, for a table of its own costs a tenth.
local function touch(first, last)
  local tombstones = has_tombstones and scores_of(left, first, last)
  local kept = first
  for i = first, last, 2 do
    local tombstone = tombstones and tonumber(tombstones[(i - first) / 2 + 1] or nil)
    local score = fresh_score
    if tombstone or argv[i] ~= '0' then
      local time_ms = time_of_touch(tonumber(argv[i]), tombstone)
      score = time_ms and score_of(time_ms)
    end
    if score then
      argv[kept] = score
      if kept < i then argv[kept + 1] = argv[i + 1] end
      kept = kept + 2
    end
  end
  if kept > first then redis.call('ZADD', roster, 'GT', unpack(argv, first, kept - 1)) end
end

-- A fresh leave is after whatever the member did; an older one does not undo a later touch.
local function leave(first, last)
  local scores = scores_of(roster, first, last)
  local tombstones, gone = {}, {}
  for i = first, last, 2 do
    local age, member = tonumber(argv[i]), argv[i + 1]
    local score = scores[(i - first) / 2 + 1]
    local seen = score and ms_of(score) or 0
    local time_ms = now - math.max(age, 0)
    if age <= 0 then time_ms = math.max(now, math.min(seen, now + LEAD_MS)) end
    if score and (age <= 0 or seen <= time_ms) then gone[#gone + 1] = member end
    tombstones[#tombstones + 1] = string.format('%.0f', time_ms)
    tombstones[#tombstones + 1] = member
  end
  redis.call('ZADD', left, 'GT', unpack(tombstones))
  if #gone > 0 then redis.call('ZREM', roster, unpack(gone)) end
end

for first = FIRST, touches_end - 1, 2 * CHUNK do
  touch(first, math.min(first + 2 * CHUNK, touches_end) - 1)
end
for first = touches_end, #argv, 2 * CHUNK do
  leave(first, math.min(first + 2 * CHUNK - 1, #argv))
end

if touches_end > FIRST and key_expiry > 0 then redis.call('PEXPIRE', roster, key_expiry) end
if touches_end <= #argv then redis.call('PEXPIRE', left, ttl + TOMBSTONE_GRACE_MS) end
return {redis.call('ZCOUNT', roster, score_of(cutoff), '+inf'), now, id, reset_at,
        merging and 1 or 0, more}
