-- Checks, remembers and counts any number of offers of one shard, atomically: a crash leaves all of it or nothing.
-- ARGV[4] an id in case this call creates a buffer or the ledger, ARGV[5] maximum referrer hosts per story and hour;
-- then eight arguments per offer: field ('s7', 'c40'), the UTC day of the first key, the viewer's keys for that day, the
-- day before and the day after ('' where not given), the view's own time in ms ('' = now), referrer host and device
-- ('' where not a story's).
-- Replies: ledger id, views ever accepted by it, then per offer 1 or 0 (counted) and the target's unsynced count.
local candidate, maxReferrers = ARGV[4], tonumber(ARGV[5])
local time = redis.call('TIME')
local now = time[1] * 1000 + floor(time[2] / 1000)
local unsynced = prefix .. ':pending'
local buffers = {}

local function bufferOf(at)
  local hour = floor(at / 3600000)
  if not buffers[hour] then
    local buffer = prefix .. ':hour:' .. hour
    if redis.call('HSETNX', buffer, '~', candidate) == 1 then redis.call('SADD', prefix .. ':hours', hour) end
    buffers[hour] = buffer
  end
  return buffers[hour]
end

local function countReferrer(buffer, story, host)
  local field = 'r:' .. story .. ':' .. host
  if redis.call('HEXISTS', buffer, field) == 0 then
    if tonumber(redis.call('HGET', buffer, '#' .. story) or 0) >= maxReferrers then
      field = 'r:' .. story .. ':other'
    else
      redis.call('HINCRBY', buffer, '#' .. story, 1)
    end
  end
  redis.call('HINCRBY', buffer, field, 1)
end

local reply, accepted = { '', '' }, 0
for i = 6, #ARGV, 8 do
  local field, day = ARGV[i], tonumber(ARGV[i + 1])
  local keys = keysAround(day, ARGV[i + 2], ARGV[i + 3], ARGV[i + 4])
  local at, ahead = tonumber(ARGV[i + 5]), window
  if not at then at, ahead = now, 0 end
  -- The web process's clock may be a day off around midnight; a day without a key falls back to that process's day.
  if not keys[floor(at / DAY)] then keys[floor(at / DAY)] = ARGV[i + 2] end

  if findNear(keys, at, ahead) then
    reply[#reply + 1] = 0
    reply[#reply + 1] = tonumber(redis.call('HGET', unsynced, field) or 0)
  else
    remember(keys, at, 1)
    local buffer = bufferOf(at)
    redis.call('HINCRBY', buffer, field, 1)
    if ARGV[i + 6] ~= '' then
      local story = string.sub(field, 2)
      countReferrer(buffer, story, ARGV[i + 6])
      redis.call('HINCRBY', buffer, 'd:' .. story .. ':' .. ARGV[i + 7], 1)
    end
    accepted = accepted + 1
    reply[#reply + 1] = 1
    reply[#reply + 1] = redis.call('HINCRBY', unsynced, field, 1)
  end
end

noteSizes()
redis.call('HSETNX', KEYS[1], 'id', candidate)
reply[1] = redis.call('HGET', KEYS[1], 'id')
if accepted > 0 then
  reply[2] = redis.call('HINCRBY', KEYS[1], 'accepted', accepted)
  redis.call('HSETNX', KEYS[1], 'oldest', string.format('%.0f', now))
else
  reply[2] = tonumber(redis.call('HGET', KEYS[1], 'accepted') or 0)
end
return reply
