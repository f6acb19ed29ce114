-- One shard's ledger and the totals of its buffers, at one instant. The reply grows with the hours that are not synced yet,
-- never with the number of stories.
-- ARGV[1] the server's run id, ARGV[2] an id in case a life begins. Replies: now in ms, ledger id, accepted, taught, the lives that
-- have ended (id, surviving views, surviving lessons); then per buffer its birth id, hour, ledger id, views, writes, and writes that are settled.
local reply = { now, liveLedger(ARGV[1], ARGV[2]) }
local ledger = redis.call('HMGET', KEYS[1], 'accepted', 'taught')
reply[3], reply[4] = tonumber(ledger[1] or 0), tonumber(ledger[2] or 0)
reply[5] = redis.call('LRANGE', endedLives, 0, -1)
local fields = redis.call('HGETALL', allBuffers)
for i = 1, #fields, 2 do
  local birth = fields[i]
  local hour, owner = string.match(fields[i + 1], '^(%d+) (.*)$')
  local total = redis.call('HMGET', prefix .. ':hour:' .. birth, '~views', '~writes')
  local settled = redis.call('HGET', prefix .. ':settled:' .. birth, '~writes')
  for _, value in ipairs({ birth, tonumber(hour), owner, tonumber(total[1] or 0), tonumber(total[2] or 0),
    tonumber(settled or 0) }) do
    reply[#reply + 1] = value
  end
end
return reply
