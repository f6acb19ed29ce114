-- The life of a Redis server and its buffers (prepended to the scripts that count). KEYS[1] {vK}:ledger, whose tag places every
-- other key of the shard in the same slot.
--
-- What one Redis process acknowledges belongs to one life. A server that starts again, a replica that is promoted or a backup
-- that is restored begins another life, with what it still has: its ledger gets a new id, counts from 0, and its views go into
-- new buffers. So nothing that an older copy counts can be mistaken for something that was counted before. The life that ended
-- goes to a list, with the views that it had accepted, and those of outages that it had been taught, as far as these data know: so
-- many have survived.
local prefix = string.match(KEYS[1], '^(.-}):')
local floor = math.floor
local time = redis.call('TIME')
local now = time[1] * 1000 + floor(time[2] / 1000)
local openBuffers, allBuffers, endedLives = prefix .. ':open', prefix .. ':buffers', prefix .. ':ended'
-- A server that starts more often within a week loses the oldest of the list.
local MOST_ENDED = 100

-- `run` is the run id of the server, as the caller's connection knows it, and `newId` an id that no ledger has had.
-- Returns the id of the ledger of this life.
local function liveLedger(run, newId)
  local ledger = redis.call('HMGET', KEYS[1], 'id', 'run', 'accepted', 'taught')
  if ledger[1] and ledger[2] == run then return ledger[1] end
  if ledger[1] then
    redis.call('RPUSH', endedLives, ledger[1] .. ' ' .. (ledger[3] or 0) .. ' ' .. (ledger[4] or 0))
    redis.call('LTRIM', endedLives, -MOST_ENDED, -1)
  end
  redis.call('HSET', KEYS[1], 'id', newId, 'run', run, 'accepted', 0, 'taught', 0)
  redis.call('UNLINK', openBuffers)
  return newId
end

-- Buffers that this call writes to: hour -> key. Per key: what is to be added to its fields and to its totals.
local buffers, counts, totals, created = {}, {}, {}, 0

local function bufferOf(ledger, hour, newId)
  local buffer = buffers[hour]
  if not buffer then
    local birth = redis.call('HGET', openBuffers, hour)
    if not birth then
      birth = newId .. (created > 0 and created or '')
      created = created + 1
      redis.call('HSET', openBuffers, hour, birth)
      redis.call('HSET', allBuffers, birth, hour .. ' ' .. ledger)
    end
    buffer = prefix .. ':hour:' .. birth
    buffers[hour] = buffer
    counts[buffer], totals[buffer] = {}, { views = 0, writes = 0 }
  end
  return buffer
end

-- Gathers, so that the views of one call for one story cost one command per field.
local function add(buffer, field, count)
  local fields = counts[buffer]
  fields[field] = (fields[field] or 0) + count
end

-- Writes what was gathered. `onNew`, if given, is called with the buffer, a field that did not exist before, and its count.
-- The totals spare the sync from reading a buffer that has not changed.
local function writeCounts(onNew)
  for buffer, total in pairs(totals) do
    for field, count in pairs(counts[buffer]) do
      total.writes = total.writes + 1
      if redis.call('HINCRBY', buffer, field, count) == count and onNew then onNew(buffer, field, count) end
    end
    if total.views > 0 then redis.call('HINCRBY', buffer, '~views', total.views) end
    if total.writes > 0 then redis.call('HINCRBY', buffer, '~writes', total.writes) end
  end
end
