-- Adds to side counters, which are not views (why views were not counted): pairs of field and number, in this hour's buffer.
-- KEYS[1] {vK}:ledger, ARGV[1] an id in case this call creates the buffer.
local prefix = string.match(KEYS[1], '^(.-}):')
local time = redis.call('TIME')
local hour = math.floor(time[1] / 3600)
local buffer = prefix .. ':hour:' .. hour
if redis.call('HSETNX', buffer, '~', ARGV[1]) == 1 then redis.call('SADD', prefix .. ':hours', hour) end
for i = 2, #ARGV, 2 do redis.call('HINCRBY', buffer, ARGV[i], ARGV[i + 1]) end
return 1
