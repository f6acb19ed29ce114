-- Records in Redis how much of a buffer Postgres has committed, in absolute values: a repeated call changes nothing.
-- KEYS[1] {vK}:ledger, ARGV[1] the buffer's birth id, ARGV[2] when its totals were read (ms), ARGV[3] the writes that are settled
-- once this call is done ('' while more is to come), then pairs of field and committed value.
-- Replies 1, or 0 if the buffer is gone.
local prefix = string.match(KEYS[1], '^(.-}):')
local settled, unsynced = prefix .. ':settled:' .. ARGV[1], prefix .. ':pending'
if redis.call('EXISTS', prefix .. ':hour:' .. ARGV[1]) == 0 then return 0 end
local fields, values = {}, {}
for i = 4, #ARGV, 2 do fields[#fields + 1], values[#values + 1] = ARGV[i], tonumber(ARGV[i + 1]) end
local moved = 0
if #fields > 0 then
  -- One command for all fields: each call out of Lua costs as much as what it does. A field occurs once per call.
  local before, waiting = redis.call('HMGET', settled, unpack(fields)), redis.call('HMGET', unsynced, unpack(fields))
  local risen, left, none = {}, {}, {}
  for i, field in ipairs(fields) do
    local difference = values[i] - tonumber(before[i] or 0)
    if difference > 0 then
      risen[#risen + 1], risen[#risen + 2] = field, values[i]
      moved = moved + difference
      local rest = tonumber(waiting[i] or 0) - difference
      if rest > 0 then left[#left + 1], left[#left + 2] = field, rest else none[#none + 1] = field end
    end
  end
  if #risen > 0 then redis.call('HSET', settled, unpack(risen)) end
  if #left > 0 then redis.call('HSET', unsynced, unpack(left)) end
  if #none > 0 then redis.call('HDEL', unsynced, unpack(none)) end
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
