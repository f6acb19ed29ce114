-- Compares rows that Postgres counted or kept with the views that Redis remembers, in the order given (oldest first).
-- First arguments as in seen.lua, then ARGV[5] the server's run id, ARGV[6] an id in case a life begins; then per row: its UTC day,
-- its time in ms, and the viewer's keys (see keysAt and isKnownFrom).
-- Replies: ledger id, how many views this life has been taught so far, then per row 1 if it counts, 0 if Redis counted the viewer
-- within a window.
-- A row that counts is remembered with a negative stamp, so that the next run recognises the work of one that was cut short.
local reply, taught = { liveLedger(ARGV[5], ARGV[6]), 0 }, 0
for i = 7, #ARGV, 5 + 2 * days do
  local day, at = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
  local keys = keysAt(ARGV, i + 2, day)
  local seen, byPostgres = findNear(keys, at, window)
  if seen and not (byPostgres and seen == at) then
    reply[#reply + 1] = 0
  elseif not seen and isKnownFrom(ARGV, i + 4 + days, day, at) then
    reply[#reply + 1] = 0
  else
    if not seen then
      remember(keys, at, -1)
      taught = taught + 1
    end
    reply[#reply + 1] = 1
  end
end
noteSizes()
reply[2] = redis.call('HINCRBY', KEYS[1], 'taught', taught)
return reply
