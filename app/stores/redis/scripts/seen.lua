-- Dedupe memory, shared by record.lua and reconcile.lua (prepended to them when they are loaded).
-- KEYS[1] {vK}:ledger, whose tag places every other key of the shard in the same slot.
-- ARGV[1] window, ARGV[2] generation span, ARGV[3] grace; all ms.
--
-- A generation is a span of time whose memory expires as a whole. It is a set of hashes ("buckets") small enough for Redis's
-- compact encoding: viewer key -> ms since the generation started, plus one; negative if Postgres counted the view.
local DAY = 86400000
-- 1,024 buckets of up to 128 entries hold the first 131,072 views of a shard compactly, before any size is known.
local FIRST_BUCKETS = 1024
-- Below the 128 at which Redis gives up its compact encoding, with headroom for uneven filling.
local ENTRIES_PER_BUCKET = 80

local prefix = string.match(KEYS[1], '^(.-}):')
local window, span, grace = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local generations = prefix .. ':generations'
local floor = math.floor
local buckets, added = {}, {}

local function bucketsOf(generation)
  local count = buckets[generation]
  if not count then
    count = tonumber(redis.call('HGET', generations, generation) or 0)
    buckets[generation] = count
  end
  return count
end

local function bucketKey(generation, key)
  local hash = 5381
  for i = 1, #key do hash = (hash * 33 + string.byte(key, i)) % 4294967296 end
  return prefix .. ':seen:' .. generation .. ':' .. (hash % bucketsOf(generation))
end

-- The time of a counted view of this viewer closer than a window to `at`, and whether Postgres counted it.
-- `keys` maps a UTC day to the viewer's key for that day; `ahead` is how far to look past `at` (0 for a view of now).
local function findNear(keys, at, ahead)
  for generation = floor((at - window) / span), floor((at + ahead) / span) do
    local key = keys[floor(generation * span / DAY)]
    if key and bucketsOf(generation) > 0 then
      local stamp = tonumber(redis.call('HGET', bucketKey(generation, key), key) or nil)
      if stamp then
        local seen = generation * span + math.abs(stamp) - 1
        if math.abs(seen - at) < window then return seen, stamp < 0 end
      end
    end
  end
end

-- The number of buckets is fixed when a generation is created, from the size of the previous one: it follows the traffic.
local function create(generation)
  local before = tonumber(redis.call('HGET', generations, (generation - 1) .. ':size') or 0)
  buckets[generation] = math.max(FIRST_BUCKETS, math.ceil(before / ENTRIES_PER_BUCKET))
  redis.call('HSET', generations, generation, buckets[generation])
  local oldest = generation - math.ceil((window + grace) / span) - 2
  for _, name in ipairs(redis.call('HKEYS', generations)) do
    local number = tonumber(string.match(name, '^%d+'))
    if number < oldest then redis.call('HDEL', generations, name) end
  end
end

local function remember(keys, at, sign)
  local generation = floor(at / span)
  local key = keys[floor(at / DAY)]
  if bucketsOf(generation) == 0 then create(generation) end
  local bucket = bucketKey(generation, key)
  redis.call('HSET', bucket, key, sign * (at - generation * span + 1))
  redis.call('PEXPIRE', bucket, (generation + 1) * span - at + window + grace, 'NX')
  added[generation] = (added[generation] or 0) + 1
end

local function noteSizes()
  for generation, count in pairs(added) do
    redis.call('HINCRBY', generations, generation .. ':size', count)
  end
end

local function keysAround(day, current, before, after)
  return { [day - 1] = before ~= '' and before or nil, [day] = current, [day + 1] = after ~= '' and after or nil }
end
