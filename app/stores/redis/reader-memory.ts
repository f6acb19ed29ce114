import { once } from "node:events";
import type { Redis } from "ioredis";
import { allShards, shardTag } from "~/tracker/shard";

/** What Redis remembers of one signed-in reader: which targets they were counted for within window and grace. */
export interface ReaderMemory {
  /** The targets, as `s29` or `c323`, each with when Redis forgets it by itself. */
  list(userId: number): Promise<{ target: string; until: Date | null }[]>;
  /** Forgets them now. @returns how many there were. */
  forget(userId: number): Promise<number>;
}

/** Buckets per pipeline, and what one SCAN or HSCAN step looks at. */
const BATCH = 200;
const STEP = 1000;

/**
 * Finds a reader's entries by walking the dedupe memory (scripts/seen.lua), a little at a time, so that counting does not wait. It
 * takes seconds on a busy site, which is good enough for what a person asks for once. Rejects when Redis does not answer.
 */
export function createReaderMemory(connect: () => Redis, prefix = ""): ReaderMemory {
  /** On a connection of its own: on that of views, these commands would stand in front of them. */
  async function withConnection<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = connect();
    try {
      // A command that finds no connection fails at once, so the first one waits for it.
      await once(redis, "ready");
      return await work(redis);
    } finally {
      redis.disconnect();
    }
  }

  async function* entries(redis: Redis, userId: number) {
    for (const shard of allShards) {
      const pattern = `${prefix}${shardTag(shard)}:seen:*`;
      for (let cursor = "0", first = true; first || cursor !== "0"; first = false) {
        const [next, buckets] = await redis.scan(cursor, "MATCH", pattern, "COUNT", STEP);
        cursor = next;
        for (let i = 0; i < buckets.length; i += BATCH)
          yield* await entriesIn(redis, buckets.slice(i, i + BATCH), userId);
      }
    }
  }

  async function entriesIn(redis: Redis, buckets: string[], userId: number) {
    const scan = (bucket: string, cursor: string) =>
      redis.hscan(bucket, cursor, "MATCH", `*.u${userId}`, "COUNT", STEP);
    const found: { bucket: string; field: string }[] = [];
    await Promise.all(
      buckets.map(async (bucket) => {
        for (let cursor = "0", first = true; first || cursor !== "0"; first = false) {
          const [next, fields] = await scan(bucket, cursor);
          cursor = next;
          for (let i = 0; i < fields.length; i += 2) found.push({ bucket, field: fields[i] as string });
        }
      }),
    );
    return found;
  }

  return {
    list: (userId) =>
      withConnection(async (redis) => {
        const found = [];
        for await (const { bucket, field } of entries(redis, userId)) {
          const until = await redis.pexpiretime(bucket);
          found.push({
            target: field.replace(/^\./, "").replace(/\.u\d+$/, ""),
            until: until > 0 ? new Date(until) : null,
          });
        }
        return found;
      }),
    forget: (userId) =>
      withConnection(async (redis) => {
        let forgotten = 0;
        for await (const { bucket, field } of entries(redis, userId))
          forgotten += await redis.hdel(bucket, field);
        return forgotten;
      }),
  };
}
