-- Gives the ledger a new id when Redis came back older than it was, so that its count goes on under another name.
-- KEYS[1] {vK}:ledger, ARGV[1] the id it must have, ARGV[2] the new one, ARGV[3] where the new one's count begins. Replies 1,
-- or 0 if somebody was faster.
if redis.call('HGET', KEYS[1], 'id') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'id', ARGV[2], 'base', ARGV[3])
return 1
