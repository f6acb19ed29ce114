-- Dedupe memory, shared by record.lua and reconcile.lua (prepended to them, after life.lua).
-- ARGV[1] window, ARGV[2] generation span, ARGV[3] grace, all ms; ARGV[4] how many days before its own a view's keys reach.
--
-- A generation is a span of time whose memory expires as a whole. It is a set of hashes ("buckets") small enough for Redis's
-- compact encoding: viewer key -> ms since the generation started, plus one; negative if Postgres counted the view.
-- Generations are numbered from 1970 in their own span. The spans that a window may have give numbers far apart (12 hours
-- 41,000, 8 hours 62,000, 1 hour 499,000), so a number names its span too. Where the window was changed, also while processes
-- with either window run, there are generations of several spans, and all of them are searched.
local DAY = 86400000
-- 1,024 buckets of up to 128 entries hold the first 131,072 views of a shard compactly, before any size is known.
local FIRST_BUCKETS = 1024
-- Below the 128 at which Redis gives up its compact encoding, with headroom for uneven filling.
local ENTRIES_PER_BUCKET = 80

local window, span, grace, days = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local generations, spanUntil = prefix .. ':generations', prefix .. ':spans'
local buckets, keep, mixed, added = {}, {}, {}, {}
local names, hashes = {}, {}
local byte = string.byte

-- Every span that has a generation, this caller's first.
local spans = { span }
local known = redis.call('HGETALL', spanUntil)
for i = 1, #known, 2 do
  local other = tonumber(known[i])
  if other ~= span then
    if tonumber(known[i + 1]) < now then redis.call('HDEL', spanUntil, known[i]) else spans[#spans + 1] = other end
  end
end

local function bucketsOf(generation)
  local count = buckets[generation]
  if not count then
    local stored = redis.call('HMGET', generations, generation, generation .. ':until', generation .. ':mixed')
    count = tonumber(stored[1] or 0)
    buckets[generation], keep[generation], mixed[generation] = count, tonumber(stored[2] or 0), stored[3]
  end
  return count
end

-- hash = hash * 33 + byte, from 5381 on, modulo 2^32. A fingerprint has eight characters: written out, no step leaves the 53 bits
-- that a number holds exactly, so one division is enough.
local function hashOf(key)
  local hash = hashes[key]
  if hash then return hash end
  if #key == 8 then
    local a, b, c, d, e, f, g, h = byte(key, 1, 8)
    hash = (((((((5381 * 33 + a) * 33 + b) * 33 + c) * 33 + d) * 33 + e) * 33 + f) * 33 + g) * 33 + h
    hash = hash % 4294967296
  else
    hash = 5381
    for i = 1, #key do hash = (hash * 33 + byte(key, i)) % 4294967296 end
  end
  hashes[key] = hash
  return hash
end

local function bucketKey(generation, key)
  local name = names[generation]
  if not name then
    name = prefix .. ':seen:' .. generation .. ':'
    names[generation] = name
  end
  return name .. hashOf(key) % bucketsOf(generation)
end

-- The time of a counted view of this viewer closer than a window to `at`, and whether Postgres counted it.
-- `keys` maps a UTC day to the viewer's key for that day; `ahead` is how far to look past `at` (0 for a view of now).
local function findNear(keys, at, ahead)
  for _, each in ipairs(spans) do
    for generation = floor((at - window) / each), floor((at + ahead) / each) do
      local key = keys[floor(generation * each / DAY)]
      if key and bucketsOf(generation) > 0 then
        local stamp = tonumber(redis.call('HGET', bucketKey(generation, key), key) or nil)
        if stamp then
          local seen = generation * each + math.abs(stamp) - 1
          if math.abs(seen - at) < window then return seen, stamp < 0 end
        end
      end
    end
  end
end

-- Forgets by this server's clock only: the time of a view is its caller's word.
local function forgetExpired()
  local fields = redis.call('HGETALL', generations)
  for i = 1, #fields, 2 do
    local generation = string.match(fields[i], '^(%d+):until$')
    if generation and tonumber(fields[i + 1]) < now then
      redis.call('HDEL', generations, generation, generation .. ':size', generation .. ':until', generation .. ':mixed')
    end
  end
end

-- The number of buckets is fixed when a generation is created, from the size of the previous one: it follows the traffic.
local function create(generation)
  local before = tonumber(redis.call('HGET', generations, (generation - 1) .. ':size') or 0)
  buckets[generation] = math.max(FIRST_BUCKETS, math.ceil(before / ENTRIES_PER_BUCKET))
  redis.call('HSET', generations, generation, buckets[generation])
  forgetExpired()
end

-- A generation that processes with different windows write to is kept for the longest of them.
local function noteExpiry(generation, expires)
  if keep[generation] > 0 then
    mixed[generation] = '1'
    redis.call('HSET', generations, generation .. ':mixed', 1)
  end
  keep[generation] = math.max(keep[generation], expires)
  local at = string.format('%.0f', keep[generation])
  redis.call('HSET', generations, generation .. ':until', at)
  redis.call('HSET', spanUntil, span, at)
end

local function remember(keys, at, sign)
  local generation = floor(at / span)
  local key = keys[floor(at / DAY)]
  if bucketsOf(generation) == 0 then create(generation) end
  local bucket = bucketKey(generation, key)
  redis.call('HSET', bucket, key, sign * (at - generation * span + 1))
  local expires = (generation + 1) * span + window + grace
  if expires ~= keep[generation] then noteExpiry(generation, expires) end
  redis.call('PEXPIREAT', bucket, expires, 'NX')
  if mixed[generation] then redis.call('PEXPIREAT', bucket, expires, 'GT') end
  added[generation] = (added[generation] or 0) + 1
end

local function noteSizes()
  for generation, count in pairs(added) do
    redis.call('HINCRBY', generations, generation .. ':size', count)
  end
end

-- The keys in `from` from `first` on: of the day after, of the day itself and of `days` days before; '' where not given.
local function keysAt(from, first, day)
  local keys = {}
  for i = 0, days + 1 do
    local key = from[first + i]
    if key ~= '' then keys[day + 1 - i] = key end
  end
  return keys
end
