-- One page of the live members, ascending by score and then by the bytes of the member.
-- KEYS: roster, hash of what this listing gave out already.
-- ARGV: unit, ttl_ms, limit, page, and from page 1 on: last score, last member.
-- Returns {"page", score, member, members...}: the position to go on from, empty at the end;
-- or {"lost"} when the hash is gone, or this page is neither the latest nor the next.
--
-- A member that is touched moves to the end, where the listing would meet it again: so what was
-- given out is remembered, until KEEP_S after the last page. The field '' (no member is empty)
-- holds the latest page as it was, for a caller who lost the answer and asks again.

local KEEP_S = 60
local MOST_VISITED = 5000  -- a call that meets only known members ends early, with few or none
local CHUNK = 1000

local roster, listed = KEYS[1], KEYS[2]
local limit, page = tonumber(ARGV[3]), tonumber(ARGV[4])
local last_score, last_member = ARGV[5], ARGV[6]

local function is_before(a, b)  -- Lua's own < follows the locale
  for i = 1, math.min(#a, #b) do
    local x, y = a:byte(i), b:byte(i)
    if x ~= y then return x < y end
  end
  return #a < #b
end

-- The rank of the first member behind the position.
local function rank_behind(score, member)
  if redis.call('ZSCORE', roster, member) == score then
    return redis.call('ZRANK', roster, member) + 1
  end
  local low = redis.call('ZCOUNT', roster, '-inf', '(' .. score)
  local high = low + redis.call('ZCOUNT', roster, score, score)
  while low < high do
    local middle = math.floor((low + high) / 2)
    if is_before(member, redis.call('ZRANGE', roster, middle, middle)[1]) then
      high = middle
    else
      low = middle + 1
    end
  end
  return low
end

local function first_live_rank()
  local time = redis.call('TIME')
  local cutoff = time[1] * 1000 + math.floor(time[2] / 1000) - tonumber(ARGV[2])
  local text = ARGV[1] == 's' and string.format('%.6f', cutoff / 1000)
               or string.format('%.0f', cutoff)
  return redis.call('ZCOUNT', roster, '-inf', '(' .. text)
end

-- Fills `reply` from a rank on; returns whether the end was reached.
local function fill(reply, rank)
  local visited, step = 0, math.min(CHUNK, limit + 1)
  while visited < MOST_VISITED do
    local chunk = redis.call('ZRANGE', roster, rank, rank + step - 1, 'WITHSCORES')
    if #chunk == 0 then return true end
    local members = {}
    for i = 1, #chunk, 2 do members[#members + 1] = chunk[i] end
    local known = page > 0 and redis.call('HMGET', listed, unpack(members)) or {}
    for i, member in ipairs(members) do
      if not known[i] then
        if #reply - 3 == limit then return false end
        reply[#reply + 1] = member
      end
      reply[2], reply[3] = chunk[2 * i], member
    end
    rank, visited = rank + #members, visited + #members
  end
  return false
end

local function remember(reply)
  for first = 4, #reply, CHUNK do
    local fields = {}
    for i = first, math.min(first + CHUNK - 1, #reply) do
      fields[#fields + 1] = reply[i]
      fields[#fields + 1] = ''
    end
    redis.call('HSET', listed, unpack(fields))
  end
  redis.call('HSET', listed, '', cmsgpack.pack({page, reply}))
  redis.call('EXPIRE', listed, KEEP_S)
end

local rank = first_live_rank()
if page > 0 then
  local latest = redis.call('HGET', listed, '')
  if not latest then return {'lost'} end
  latest = cmsgpack.unpack(latest)
  if latest[1] == page then return latest[2] end
  if latest[1] ~= page - 1 then return {'lost'} end
  rank = math.max(rank, rank_behind(last_score, last_member))
end

local reply = {'page', '', ''}
if fill(reply, rank) then reply[2], reply[3] = '', '' end
if page > 0 or reply[2] ~= '' then remember(reply) end
return reply
