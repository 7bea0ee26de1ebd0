-- Renews a node's lease.
-- KEYS: lease, nodes (hash: node -> its name), index of its users (sorted set).
-- ARGV: node, name, lease_ms, how long to keep the rest in ms, what the lease tells of the node.
-- Returns 1 when all was still there. The member '' of the index (no user is empty) tells an index
-- without users from one that was lost.

local lease, nodes, index = KEYS[1], KEYS[2], KEYS[3]
local kept = redis.call('EXISTS', lease) == 1 and redis.call('HEXISTS', nodes, ARGV[1]) == 1
             and redis.call('ZSCORE', index, '')
redis.call('HSET', nodes, ARGV[1], ARGV[2])
redis.call('ZADD', index, 0, '')
redis.call('PEXPIRE', nodes, ARGV[4])
redis.call('PEXPIRE', index, ARGV[4])
redis.call('SET', lease, ARGV[5], 'PX', ARGV[3])
return kept and 1 or 0
