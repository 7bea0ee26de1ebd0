-- Publishes a message to a user whom other nodes may have.
-- KEYS: live, nodes of the user. ARGV: own node, channel, envelope.
-- Returns {connections on all nodes, 1 when the user is live}. Where nothing is known, as after a
-- loss of data, nodes may have the user all the same.

local places = redis.call('HGETALL', KEYS[2])
local connections, own = 0, 0
for i = 1, #places, 2 do
  connections = connections + tonumber(places[i + 1])
  if places[i]:sub(1, #ARGV[1] + 1) == ARGV[1] .. ':' then own = own + 1 end
end
if #places == 0 or own < #places / 2 then redis.call('PUBLISH', ARGV[2], ARGV[3]) end
local live = connections > 0 or redis.call('EXISTS', KEYS[1]) == 1
return {connections, live and 1 or 0}
