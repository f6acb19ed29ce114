-- Records in Redis how much of a buffer Postgres has committed, in absolute values: a repeated call changes nothing.
-- KEYS[1] {vK}:ledger, ARGV[1] the buffer's birth id, ARGV[2] when its totals were read (ms), ARGV[3] the writes that are settled
-- once this call is done ('' while more is to come), then pairs of field and committed value.
-- Replies 1, or 0 if the buffer is gone.
local prefix = string.match(KEYS[1], '^(.-}):')
local settled, unsynced = prefix .. ':settled:' .. ARGV[1], prefix .. ':pending'
if redis.call('EXISTS', prefix .. ':hour:' .. ARGV[1]) == 0 then return 0 end
local moved = 0
for i = 4, #ARGV, 2 do
  local field, value = ARGV[i], tonumber(ARGV[i + 1])
  local before = tonumber(redis.call('HGET', settled, field) or 0)
  if value > before then
    redis.call('HSET', settled, field, value)
    moved = moved + value - before
    if redis.call('HINCRBY', unsynced, field, before - value) <= 0 then redis.call('HDEL', unsynced, field) end
  end
end
if ARGV[3] ~= '' and tonumber(redis.call('HGET', settled, '~writes') or 0) < tonumber(ARGV[3]) then
  redis.call('HSET', settled, '~writes', ARGV[3])
end
if moved > 0 then
  -- Views that are unsynced after this are younger than the reading of the totals.
  if redis.call('HINCRBY', KEYS[1], 'unsynced', -moved) > 0 then
    redis.call('HSET', KEYS[1], 'oldest', ARGV[2])
  else
    redis.call('HDEL', KEYS[1], 'oldest')
  end
end
return 1
