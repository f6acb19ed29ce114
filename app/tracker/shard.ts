/**
 * Shards of the Redis keys, each in one slot of a cluster (`{v0}` … `{v3}`), and as many advisory locks in Postgres.
 * Few, because all views of a tick that share a shard share one script call. Fixed: changing it would strand buffers.
 */
export const SHARDS = 4;

export const shardOf = (storyId: number) => storyId % SHARDS;
export const shardTag = (shard: number) => `{v${shard}}`;
export const allShards = Array.from({ length: SHARDS }, (_, shard) => shard);
