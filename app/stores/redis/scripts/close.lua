-- Unlinks a buffer that no view can reach any more and that Postgres has whole. It compares totals first, so that a view that
-- arrived meanwhile stays.
-- KEYS[1] {vK}:ledger, ARGV[1] the buffer's birth id, ARGV[2] the writes that are settled. Replies 1 if the buffer is gone, 0 if it had to stay.
local prefix = string.match(KEYS[1], '^(.-}):')
local birth = ARGV[1]
local buffer, settled = prefix .. ':hour:' .. birth, prefix .. ':settled:' .. birth
local place = redis.call('HGET', prefix .. ':buffers', birth)
if not place then return 1 end
local hour = string.match(place, '^%d+')
local isOpen = redis.call('HGET', prefix .. ':open', hour) == birth
if isOpen and math.floor(redis.call('TIME')[1] / 3600) <= tonumber(hour) then return 0 end
if tonumber(redis.call('HGET', buffer, '~writes') or 0) > tonumber(ARGV[2]) then return 0 end
redis.call('UNLINK', buffer, settled)
redis.call('HDEL', prefix .. ':buffers', birth)
if isOpen then redis.call('HDEL', prefix .. ':open', hour) end
return 1
