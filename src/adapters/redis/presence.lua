-- A change of one user's presence; the rule is that of core/presence_record.cpp.
-- KEYS: live (string), nodes (hash: place -> connections), state (hash); to reap: index, lease.
-- ARGV: verb, channel, publisher, ttl_ms, and
--   hold    place, connections, away, reason, grace_ms, limit
--   settle  place
--   reap    node, member of the index
-- Returns {status, seq, connections, places, settle_in_ms, now_ms, connections at the place,
-- reason of the event that was published or ''}; {'limit'} or {'leased'} when nothing was done.
--
-- State: status, seq, until (of a grace, in ms; 0: none), reason (why the user left, while a grace
-- runs), and away:<place>.

local verb, channel, publisher, ttl = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local live, nodes, state = KEYS[1], KEYS[2], KEYS[3]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function read(key)
  local flat, fields = redis.call('HGETALL', key), {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return fields
end

local held, facts = read(nodes), read(state)
local seq, status = tonumber(facts.seq or 0), facts.status or 'offline'
local grace_until, pending = tonumber(facts['until'] or 0), facts.reason or ''
local event = ''

local function sums()
  local connections, places, away = 0, 0, 0
  for place, count in pairs(held) do
    connections, places = connections + tonumber(count), places + 1
    away = away + tonumber(facts['away:' .. place] or 0)
  end
  return connections, places, away
end

local function put(place, connections, away)
  local field = 'away:' .. place
  if connections == 0 then
    if held[place] then redis.call('HDEL', nodes, place) end
    held[place] = nil
  elseif held[place] ~= tostring(connections) then
    redis.call('HSET', nodes, place, connections)
    held[place] = tostring(connections)
  end
  if away == tonumber(facts[field] or 0) then return end
  if away > 0 then redis.call('HSET', state, field, away) else redis.call('HDEL', state, field) end
  facts[field] = away
end

local function become(new_status, reason)
  grace_until = 0
  if new_status == status and seq > 0 then return end
  status, seq, event = new_status, math.max(seq + 1, now), reason
end

local function show_connections()
  local connections, _, away = sums()
  become(away >= connections and 'away' or 'online', 'connected')
end

-- Nothing is known of a user who has no seq: then a departure is news as well.
local function leave(reason, grace, had_some)
  if status == 'offline' and seq > 0 then return end
  if grace <= 0 then return become('offline', reason) end
  if had_some or grace_until == 0 then pending = reason end
  grace_until = math.max(grace_until, now + grace)
  if status == 'offline' then status = 'online' end
end

local function hold(place, connections, away, reason, grace, limit)
  local had = tonumber(held[place] or 0)
  local total = sums() - had + connections
  if limit > 0 and connections > had and total > limit then return 'limit' end
  put(place, connections, math.min(away, connections))
  if total > 0 then show_connections() else leave(reason, grace, had > 0) end
end

local function settle()
  if sums() > 0 or now < grace_until then return end
  become('offline', grace_until > 0 and pending or 'timeout')
end

-- A node that has its lease again says what it holds itself.
local function reap(node, member)
  if redis.call('EXISTS', KEYS[5]) == 1 then return 'leased' end
  for place in pairs(held) do
    if place:sub(1, #node + 1) == node .. ':' then put(place, 0, 0) end
  end
  if sums() > 0 then
    show_connections()
  elseif now < grace_until then
    return
  else
    become('offline', grace_until > 0 and pending or 'node_lost')
  end
  redis.call('ZREM', KEYS[4], member)
end

-- The event is told when writes are taken, and the status is kept when the event was told: what
-- Redis refuses in between is told by the next call.
local function save()
  redis.call('HSET', state, 'seq', seq)
  if event ~= '' then
    local text = '{"from":"%s","presence":{"status":"%s","reason":"%s","at":%.0f,"seq":%.0f}}'
    redis.call('PUBLISH', channel, text:format(publisher, status, event, now, seq))
  end
  redis.call('HSET', state, 'status', status, 'until', grace_until, 'reason', pending)
end

local function renew(connections)
  if connections > 0 then
    redis.call('SET', live, time[1], 'PX', ttl)
    redis.call('PEXPIRE', nodes, ttl)
    redis.call('PEXPIRE', state, 2 * ttl)
  elseif grace_until > 0 then
    redis.call('SET', live, time[1], 'EX', math.max(1, math.ceil((grace_until - now) / 1000)))
    redis.call('PEXPIRE', state, math.max(grace_until - now, 0) + 2 * ttl)
  else
    redis.call('DEL', live)
    redis.call('PEXPIRE', state, ttl)
  end
end

local refusal
if verb == 'hold' then
  local connections, away, grace, limit = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[9]),
                                          tonumber(ARGV[10])
  refusal = hold(ARGV[5], connections, away, ARGV[8], grace, limit)
elseif verb == 'settle' then
  settle()
else
  refusal = reap(ARGV[5], ARGV[6])
end
if refusal then return {refusal} end

local connections, places = sums()
local changed = event ~= '' or grace_until ~= tonumber(facts['until'] or 0)
if changed then save() end
if changed or (verb == 'hold' and ARGV[6] ~= '0') then renew(connections) end
local settle_in = connections == 0 and math.max(grace_until - now, 0) or 0
return {status, seq, connections, places, settle_in, now, tonumber(held[ARGV[5]] or 0), event}
