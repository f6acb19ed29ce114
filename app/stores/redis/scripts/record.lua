-- Checks, remembers and counts any number of offers of one shard, atomically: a crash leaves all of it or nothing.
-- First arguments as in seen.lua, then ARGV[5] the server's run id, ARGV[6] an id in case this call begins a ledger or a buffer,
-- ARGV[7] maximum referrer hosts per story and hour, ARGV[8] how far a view's own time may be ahead of this server's clock, ms;
-- then one argument per offer, its parts separated by spaces: field ('s7', 'c40'), the UTC day of its key, the view's own time in ms
-- ('' = now), device ('' where not a story's), the viewer's keys (see keysAt), referrer host ('' where not a story's): Redis and
-- its client handle each argument by itself, so one is cheaper than eight. An argument that starts with '+' belongs to the offer before
-- it: the viewer's keys from before they signed in (see isKnownFrom).
-- Replies: ledger id, views ever accepted by it, then per offer 1 or 0 (counted) and the target's unsynced count.
local newId, maxReferrers, maxAhead = ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8])
local HOUR = 3600000
local unsynced = prefix .. ':pending'
local ledger = liveLedger(ARGV[5], newId)
local parts = '^' .. string.rep('([^ ]*) ', 6 + days) .. '(.*)$'
local formerParts = '^%+' .. string.rep(' ([^ ]*)', 1 + days) .. '$'
local PLUS = byte('+')

-- Each story's hosts are limited per hour: beyond that, a new host counts as "other". The groups beside the hosts need no limit, and
-- most stories of most hours have nothing else.
local groups = { direct = true, ['this site'] = true, other = true }
local function limitReferrers(buffer, field, count)
  local story, host = string.match(field, '^r:(%d+):(.*)$')
  if not story or groups[host] then return end
  if redis.call('HINCRBY', buffer, '#' .. story, 1) <= maxReferrers then return end
  redis.call('HINCRBY', buffer, '#' .. story, -1)
  redis.call('HDEL', buffer, field)
  redis.call('HINCRBY', buffer, 'r:' .. story .. ':other', count)
end

-- The unsynced views of targets that this call has met, and how many of them are not written yet.
local known, unwritten = {}, {}
local function unsyncedOf(field)
  local count = known[field]
  if not count then
    count = tonumber(redis.call('HGET', unsynced, field) or 0)
    known[field] = count
  end
  return count
end
local function addUnsynced(field)
  local count = known[field]
  if count then
    count = count + 1
    unwritten[field] = (unwritten[field] or 0) + 1
  else
    count = redis.call('HINCRBY', unsynced, field, 1)
  end
  known[field] = count
  return count
end

local reply, accepted = { ledger, 0 }, 0
local function knownBefore(argument, day, at)
  if not argument or byte(argument) ~= PLUS then return false end
  return isKnownFrom({ string.match(argument, formerParts) }, 1, day, at)
end

local function count(argument, nextArgument)
  local offer = { string.match(argument, parts) }
  local field, day, at, ahead = offer[1], tonumber(offer[2]), tonumber(offer[3]), window
  local keys = keysAt(offer, 5, day)
  if not at then at, ahead = now, 0 end
  -- A replayed view from further ahead was written by a wrong clock: it counts as of now.
  if at > now + maxAhead then at, ahead = now, 0 end
  -- The web process's clock may be a day off around midnight; a day without a key falls back to that process's day.
  if not keys[floor(at / DAY)] then keys[floor(at / DAY)] = keys[day] end

  if findNear(keys, at, ahead) or knownBefore(nextArgument, day, at) then
    reply[#reply + 1] = 0
    reply[#reply + 1] = unsyncedOf(field)
  else
    remember(keys, at, 1)
    local buffer = bufferOf(ledger, floor(at / HOUR), newId)
    add(buffer, field, 1)
    totals[buffer].views = totals[buffer].views + 1
    local device, referrer = offer[4], offer[7 + days]
    if device ~= '' then
      local story = string.sub(field, 2)
      add(buffer, 'd:' .. story .. ':' .. device, 1)
      if referrer ~= '' then add(buffer, 'r:' .. story .. ':' .. referrer, 1) end
    end
    accepted = accepted + 1
    reply[#reply + 1] = 1
    reply[#reply + 1] = addUnsynced(field)
  end
end

for i = 9, #ARGV do
  if byte(ARGV[i]) ~= PLUS then count(ARGV[i], ARGV[i + 1]) end
end
for field, count in pairs(unwritten) do redis.call('HINCRBY', unsynced, field, count) end
noteSizes()
writeCounts(limitReferrers)
if accepted > 0 then
  reply[2] = redis.call('HINCRBY', KEYS[1], 'accepted', accepted)
  redis.call('HINCRBY', KEYS[1], 'unsynced', accepted)
  redis.call('HSETNX', KEYS[1], 'oldest', string.format('%.0f', now))
else
  reply[2] = tonumber(redis.call('HGET', KEYS[1], 'accepted') or 0)
end
return reply
