-- One shard's buffers and ledger at one instant: the sync moves the buffers, and the ledger is checked against them.
-- KEYS[1] {vK}:ledger. Replies: now in ms, ledger id ('' = never counted), base, accepted, then per buffer its hour, its
-- birth id and its fields and values as a flat list.
local prefix = string.match(KEYS[1], '^(.-}):')
local time = redis.call('TIME')
local ledger = redis.call('HMGET', KEYS[1], 'id', 'base', 'accepted')
local reply = {
  time[1] * 1000 + math.floor(time[2] / 1000),
  ledger[1] or '', tonumber(ledger[2] or 0), tonumber(ledger[3] or 0)
}
for _, hour in ipairs(redis.call('SMEMBERS', prefix .. ':hours')) do
  local buffer = redis.call('HGETALL', prefix .. ':hour:' .. hour)
  local birth, fields = '', {}
  for i = 1, #buffer, 2 do
    local first = string.sub(buffer[i], 1, 1)
    if first == '~' then
      birth = buffer[i + 1]
    elseif first ~= '#' then
      fields[#fields + 1] = buffer[i]
      fields[#fields + 1] = buffer[i + 1]
    end
  end
  reply[#reply + 1] = hour
  reply[#reply + 1] = birth
  reply[#reply + 1] = fields
end
return reply
