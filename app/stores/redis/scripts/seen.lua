-- Dedupe memory, shared by record.lua and reconcile.lua (prepended to them, after life.lua).
-- ARGV[1] window, ARGV[2] generation span, ARGV[3] grace, all ms; ARGV[4] how many days before its own a view's keys reach.
--
-- A generation is a span of time whose memory expires as a whole. It is a set of hashes ("buckets") small enough for Redis's
-- compact encoding: viewer -> ms since the generation started, plus one; negative if Postgres counted the view.
-- A fingerprint of eight characters is read as a number. Its remainder by the number of buckets names the bucket, so the field need
-- only hold the quotient: five bytes tell the same viewers apart as the eight characters do. In generations that an earlier version
-- created (without `packed`), fields are whole keys and a hash of the key names the bucket.
-- Generations are numbered from 1970 in their own span. The spans that a window may have give numbers far apart (12 hours
-- 41,000, 8 hours 62,000, 1 hour 499,000), so a number names its span too. Where the window was changed, also while processes
-- with either window run, there are generations of several spans, and all of them are searched.
local DAY = 86400000
-- Redis keeps up to 512 entries of a hash compactly, so these hold the first 500,000 views of a shard, before any size is known.
-- With 1,247 or more, a quotient fits in five bytes.
local FIRST_BUCKETS = 1280
-- A key costs as much as a dozen entries, so fewer would waste memory. More would take longer: Redis reads a bucket from its start.
-- If five times as many come as in the generations before, they are still compact.
local ENTRIES_PER_BUCKET = 100
-- The number of '--------', before this is taken off.
local ALL_ZERO = 800716190658975

local window, span, grace, days = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local generations, spanUntil = prefix .. ':generations', prefix .. ':spans'
local buckets, keep, mixed, packed, added = {}, {}, {}, {}, {}
local names, hashes, numbers = {}, {}, {}
local byte, pack = string.byte, struct.pack

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
    local stored = redis.call('HMGET', generations, generation, generation .. ':until', generation .. ':mixed',
      generation .. ':packed')
    count = tonumber(stored[1] or 0)
    buckets[generation], keep[generation], mixed[generation] = count, tonumber(stored[2] or 0), stored[3]
    packed[generation] = stored[4]
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

-- Eight characters as a number to the base of 78, from '-' (45) to 'z' (122): different keys have different numbers, below 2^51.
local function numberOf(key)
  local number = numbers[key]
  if number then return number end
  local a, b, c, d, e, f, g, h = byte(key, 1, 8)
  number = ((((((a * 78 + b) * 78 + c) * 78 + d) * 78 + e) * 78 + f) * 78 + g) * 78 + h - ALL_ZERO
  numbers[key] = number
  return number
end

-- The bucket and the field of a viewer. The generation must exist.
local function placeOf(generation, key)
  local name = names[generation]
  if not name then
    name = prefix .. ':seen:' .. generation .. ':'
    names[generation] = name
  end
  local count = bucketsOf(generation)
  if not packed[generation] then return name .. hashOf(key) % count, key end
  -- Signed-in readers: with the dot, no field has five bytes.
  if #key ~= 8 then return name .. hashOf(key) % count, '.' .. key end
  local number = numberOf(key)
  local bucket = number % count
  return name .. bucket, pack('>I5', (number - bucket) / count)
end

-- The time of a counted view of this viewer closer than a window to `at`, and whether Postgres counted it.
-- `keys` maps a UTC day to the viewer's key for that day; `ahead` is how far to look past `at` (0 for a view of now).
local function findNear(keys, at, ahead)
  for _, each in ipairs(spans) do
    for generation = floor((at - window) / each), floor((at + ahead) / each) do
      local key = keys[floor(generation * each / DAY)]
      if key and bucketsOf(generation) > 0 then
        local stamp = tonumber(redis.call('HGET', placeOf(generation, key)) or nil)
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
      redis.call('HDEL', generations, generation, generation .. ':size', generation .. ':until', generation .. ':mixed',
        generation .. ':packed')
    end
  end
end

-- The number of buckets is fixed when a generation is created, from the sizes of the one before and of the one a day before: it
-- follows the traffic, and a night does not decide for the day after it.
local function create(generation)
  local before = redis.call('HMGET', generations, (generation - 1) .. ':size', (generation - DAY / span) .. ':size')
  local expected = math.max(tonumber(before[1] or 0), tonumber(before[2] or 0))
  buckets[generation], packed[generation] = math.max(FIRST_BUCKETS, math.ceil(expected / ENTRIES_PER_BUCKET)), '1'
  redis.call('HSET', generations, generation, buckets[generation], generation .. ':packed', 1)
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
  local bucket, field = placeOf(generation, key)
  redis.call('HSET', bucket, field, sign * (at - generation * span + 1))
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

-- The keys in `from`, from `first` to `last`: of the UTC day `newest` and of the days before it; '' where not given.
local function keysFrom(from, first, last, newest)
  local keys = {}
  for i = 0, last - first do
    local key = from[first + i]
    if key ~= '' then keys[newest - i] = key end
  end
  return keys
end

-- A viewer's own keys: of the day after, of the day itself and of `days` days before.
local function keysAt(from, first, day) return keysFrom(from, first, first + days + 1, day + 1) end

-- Whether a reader who has just signed in was counted under the keys from before that: of the day itself and of `days` days before. They
-- are only looked up, and only at times before the view: a later view under them is another reader's.
local function isKnownFrom(from, first, day, at)
  -- Generations are searched in the order of time, so a view that is found later than this one is the only one near.
  local seen = findNear(keysFrom(from, first, first + days, day), at, 0)
  return seen ~= nil and seen <= at
end
