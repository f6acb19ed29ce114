/**
 * Shards of the Redis keys, each in one slot of a cluster (`{v0}` … `{v3}`), with one advisory lock each in Postgres.
 * There are few, because the views of a tick that share a shard share one script call. The number is fixed: changing it
 * would strand buffers.
 */
export const SHARDS = 4;

/** Returns the shard of a story and its chapters. */
export const shardOf = (storyId: number) => storyId % SHARDS;
/** Returns the hash tag of a shard's keys. */
export const shardTag = (shard: number) => `{v${shard}}`;
export const allShards = Array.from({ length: SHARDS }, (_, shard) => shard);
