-- Records in Redis how much Postgres has committed, in absolute values: a repeated call changes nothing.
-- KEYS[1] {vK}:ledger, ARGV[1] hour, ARGV[2] the buffer's birth id, ARGV[3] when the committed values were read (ms), then
-- pairs of field and committed value. Views still unsynced afterwards are younger than that reading.
-- Replies 1, or 0 if the buffer was replaced meanwhile: the values then belong to another buffer, and nothing changes.
local prefix = string.match(KEYS[1], '^(.-}):')
local settled, unsynced = prefix .. ':synced:' .. ARGV[1], prefix .. ':pending'
if redis.call('HGET', prefix .. ':hour:' .. ARGV[1], '~') ~= ARGV[2] then return 0 end
if redis.call('HGET', settled, '~') ~= ARGV[2] then
  redis.call('DEL', settled)
  redis.call('HSET', settled, '~', ARGV[2])
end
local moved = 0
for i = 4, #ARGV, 2 do
  local field, value = ARGV[i], tonumber(ARGV[i + 1])
  local before = tonumber(redis.call('HGET', settled, field) or 0)
  if value > before then
    redis.call('HSET', settled, field, value)
    local kind = string.sub(field, 1, 1)
    if kind == 's' or kind == 'c' then
      moved = moved + value - before
      if redis.call('HINCRBY', unsynced, field, before - value) <= 0 then redis.call('HDEL', unsynced, field) end
    end
  end
end
if moved > 0 then
  local settledTotal = redis.call('HINCRBY', KEYS[1], 'settled', moved)
  if settledTotal < tonumber(redis.call('HGET', KEYS[1], 'accepted') or 0) then
    redis.call('HSET', KEYS[1], 'oldest', ARGV[3])
  else
    redis.call('HDEL', KEYS[1], 'oldest')
  end
end
return 1
