-- Adds to side counters, which are not views (why views were not counted): pairs of field and number, in this hour's buffer.
-- ARGV[1] the server's run id, ARGV[2] an id in case this call begins a ledger or a buffer.
local buffer = bufferOf(liveLedger(ARGV[1], ARGV[2]), floor(now / 3600000), ARGV[2])
for i = 3, #ARGV, 2 do add(buffer, ARGV[i], tonumber(ARGV[i + 1])) end
writeCounts()
return 1
