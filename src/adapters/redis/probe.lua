-- Whether a roster could be written and read now.
-- KEYS: roster, tombstones, epoch, a key of the probe's own. ARGV: a number.
-- Returns what INFO says of replication; '' where the user may not ask.
-- redis.call raises what Redis refuses: OOM, READONLY, NOREPLICAS, NOPERM, MISCONF, WRONGTYPE.

local KEEP_MS = 10000

-- No member is empty, and -inf is greater than nothing: so the roster stays as it is.
redis.call('ZADD', KEYS[1], 'XX', 'GT', '-inf', '')
redis.call('ZCOUNT', KEYS[1], '-inf', '+inf')
redis.call('ZSCORE', KEYS[2], '')
redis.call('HGET', KEYS[3], 'id')

redis.call('ZADD', KEYS[4], ARGV[1], 'probe')
redis.call('PEXPIRE', KEYS[4], KEEP_MS)
if redis.call('ZSCORE', KEYS[4], 'probe') ~= ARGV[1] then
  return redis.error_reply('ERR a value that was written cannot be read')
end
redis.call('ZREM', KEYS[4], 'probe')

local info = redis.pcall('INFO', 'replication')
return type(info) == 'string' and info or ''
