-- Forgets a node that has no lease and no users left.
-- KEYS: lease, nodes, index. ARGV: node. Returns 1 when it was forgotten.

local lease, nodes, index = KEYS[1], KEYS[2], KEYS[3]
if redis.call('EXISTS', lease) == 1 then return 0 end
if redis.call('ZLEXCOUNT', index, '(', '+') > 0 then return 0 end
redis.call('DEL', index)
return redis.call('HDEL', nodes, ARGV[1])
