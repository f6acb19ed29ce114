-- Gives the ledger a new id when Redis came back older than it was, so that its count continues under another name.
-- KEYS[1] {vK}:ledger, ARGV[1] the id it must have, ARGV[2] the new id, ARGV[3] where the new id's count starts. Replies 1,
-- or 0 if another process renamed it first.
if redis.call('HGET', KEYS[1], 'id') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'id', ARGV[2], 'base', ARGV[3])
return 1
