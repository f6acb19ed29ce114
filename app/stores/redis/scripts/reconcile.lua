-- Compares rows that Postgres counted or kept with the views that Redis remembers, in the order given (oldest first).
-- Keys and first arguments as in seen.lua, then five arguments per row: its UTC day, the viewer's keys for that day, the day
-- before and the day after, and its time in ms. Replies per row: 1 if it counts, 0 if Redis counted the viewer within a window.
-- A row that counts is remembered with a negative stamp, so that the next run recognises the work of one that was cut short.
local reply = {}
for i = 4, #ARGV, 5 do
  local keys = keysAround(tonumber(ARGV[i]), ARGV[i + 1], ARGV[i + 2], ARGV[i + 3])
  local at = tonumber(ARGV[i + 4])
  local seen, byPostgres = findNear(keys, at, window)
  if seen and not (byPostgres and seen == at) then
    reply[#reply + 1] = 0
  else
    if not seen then remember(keys, at, -1) end
    reply[#reply + 1] = 1
  end
end
noteSizes()
return reply
