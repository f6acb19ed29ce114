-- Offers rows that Postgres counted or kept to what Redis remembers, in the order given (oldest first).
-- Then five arguments a row: the UTC day of the row, the viewer's keys of that day, the day before and the day after,
-- and the row's time in ms. Replies 1 a row that counts, 0 a row whose viewer Redis counted within a window.
-- A row that counts is remembered with a negative stamp, so that a run cut short here finds its own work next time.
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
