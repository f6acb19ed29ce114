-- Checks, remembers and counts any number of offers of one shard, atomically: a crash leaves all of it or nothing.
-- ARGV[5] the server's run id, ARGV[6] an id in case this call begins a ledger or a buffer, ARGV[7] maximum referrer hosts per
-- story and hour, ARGV[8] how far a view's own time may be ahead of this server's clock, ms; then per offer: field ('s7', 'c40'), the UTC day of its key, the view's own time in ms ('' = now), referrer
-- host and device ('' where not a story's), and the viewer's keys (see keysAt).
-- Replies: ledger id, views ever accepted by it, then per offer 1 or 0 (counted) and the target's unsynced count.
local newId, maxReferrers, maxAhead = ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8])
local HOUR = 3600000
local unsynced = prefix .. ':pending'
local ledger = liveLedger(ARGV[5], newId)

local function countReferrer(buffer, story, host)
  local field = 'r:' .. story .. ':' .. host
  if redis.call('HEXISTS', buffer, field) == 0 then
    if tonumber(redis.call('HGET', buffer, '#' .. story) or 0) >= maxReferrers then
      field = 'r:' .. story .. ':other'
    else
      redis.call('HINCRBY', buffer, '#' .. story, 1)
    end
  end
  add(buffer, field, 1)
end

local reply, accepted = { ledger, 0 }, 0
for i = 9, #ARGV, 7 + days do
  local field, day, at, ahead = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2]), window
  local keys = keysAt(i + 5, day)
  if not at then at, ahead = now, 0 end
  -- A replayed view from further ahead was written by a wrong clock: it counts as of now.
  if at > now + maxAhead then at, ahead = now, 0 end
  -- The web process's clock may be a day off around midnight; a day without a key falls back to that process's day.
  if not keys[floor(at / DAY)] then keys[floor(at / DAY)] = keys[day] end

  if findNear(keys, at, ahead) then
    reply[#reply + 1] = 0
    reply[#reply + 1] = tonumber(redis.call('HGET', unsynced, field) or 0)
  else
    remember(keys, at, 1)
    local buffer = bufferOf(ledger, floor(at / HOUR), newId)
    add(buffer, field, 1)
    totals[buffer].views = totals[buffer].views + 1
    if ARGV[i + 3] ~= '' then
      local story = string.sub(field, 2)
      countReferrer(buffer, story, ARGV[i + 3])
      add(buffer, 'd:' .. story .. ':' .. ARGV[i + 4], 1)
    end
    accepted = accepted + 1
    reply[#reply + 1] = 1
    reply[#reply + 1] = redis.call('HINCRBY', unsynced, field, 1)
  end
end

noteSizes()
noteTotals()
if accepted > 0 then
  reply[2] = redis.call('HINCRBY', KEYS[1], 'accepted', accepted)
  redis.call('HINCRBY', KEYS[1], 'unsynced', accepted)
  redis.call('HSETNX', KEYS[1], 'oldest', string.format('%.0f', now))
else
  reply[2] = tonumber(redis.call('HGET', KEYS[1], 'accepted') or 0)
end
return reply
