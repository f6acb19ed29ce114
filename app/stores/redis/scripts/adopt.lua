-- Turns the buffers that a version before lives wrote ({vK}:hour:<hour>, listed in {vK}:hours) into buffers of the present life,
-- with what was not synced of them. Runs before every sync, since processes of both versions may count during an upgrade.
-- ARGV[1] the server's run id, ARGV[2] an id in case a life begins. Replies how many buffers it adopted.
local ledger = liveLedger(ARGV[1], ARGV[2])
local adopted = 0
for _, hour in ipairs(redis.call('SMEMBERS', prefix .. ':hours')) do
  local old, oldSettled = prefix .. ':hour:' .. hour, prefix .. ':synced:' .. hour
  local birth = redis.call('HGET', old, '~')
  if birth then
    local buffer, settled = prefix .. ':hour:' .. birth, prefix .. ':settled:' .. birth
    redis.call('RENAME', old, buffer)
    redis.call('HDEL', buffer, '~')
    if redis.call('HGET', oldSettled, '~') == birth then
      redis.call('RENAME', oldSettled, settled)
      redis.call('HDEL', settled, '~')
    end
    local views, writes = 0, 0
    local fields = redis.call('HGETALL', buffer)
    for i = 1, #fields, 2 do
      writes = writes + tonumber(fields[i + 1])
      if string.find(fields[i], '^[sc]%d') then
        views = views + tonumber(fields[i + 1]) - tonumber(redis.call('HGET', settled, fields[i]) or 0)
      end
    end
    redis.call('HSET', buffer, '~views', views, '~writes', writes)
    redis.call('HSET', allBuffers, birth, hour .. ' ' .. ledger)
    redis.call('HINCRBY', KEYS[1], 'accepted', views)
    redis.call('HINCRBY', KEYS[1], 'unsynced', views)
    adopted = adopted + 1
  end
  redis.call('UNLINK', oldSettled)
  redis.call('SREM', prefix .. ':hours', hour)
end
return adopted
