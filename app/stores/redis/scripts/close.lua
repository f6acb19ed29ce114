-- Unlinks the buffer of a past hour once it is fully settled; compares first, so that a view that arrived meanwhile stays.
-- KEYS[1] {vK}:ledger, ARGV[1] hour, ARGV[2] birth id. Replies 1 if the buffer is gone, 0 if it had to stay.
local prefix = string.match(KEYS[1], '^(.-}):')
local hour, birth = tonumber(ARGV[1]), ARGV[2]
local buffer, settled = prefix .. ':hour:' .. ARGV[1], prefix .. ':synced:' .. ARGV[1]
if math.floor(redis.call('TIME')[1] / 3600) <= hour then return 0 end
local fields = redis.call('HGETALL', buffer)
if #fields == 0 then
  redis.call('SREM', prefix .. ':hours', ARGV[1])
  redis.call('UNLINK', settled)
  return 1
end
if redis.call('HGET', buffer, '~') ~= birth or redis.call('HGET', settled, '~') ~= birth then return 0 end
for i = 1, #fields, 2 do
  local first = string.sub(fields[i], 1, 1)
  if first ~= '~' and first ~= '#' then
    if tonumber(redis.call('HGET', settled, fields[i]) or 0) < tonumber(fields[i + 1]) then return 0 end
  end
end
redis.call('UNLINK', buffer, settled)
redis.call('SREM', prefix .. ':hours', ARGV[1])
return 1
