-- Begins another life of the ledger, when its count has become smaller though the server is the same (its data were replaced).
-- ARGV[1] the id that the ledger must still have, ARGV[2] an id for the new life. Replies the id that it has now.
local ledger = redis.call('HMGET', KEYS[1], 'id', 'run')
if ledger[1] ~= ARGV[1] then return ledger[1] end
redis.call('HDEL', KEYS[1], 'run')
return liveLedger(ledger[2] or '', ARGV[2])
