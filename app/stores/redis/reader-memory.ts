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
export function createReaderMemory(redis: Redis, prefix = ""): ReaderMemory {
  async function* entries(userId: number) {
    for (const shard of allShards) {
      const pattern = `${prefix}${shardTag(shard)}:seen:*`;
      for (let cursor = "0", first = true; first || cursor !== "0"; first = false) {
        const [next, buckets] = await redis.scan(cursor, "MATCH", pattern, "COUNT", STEP);
        cursor = next;
        for (let i = 0; i < buckets.length; i += BATCH)
          yield* await entriesIn(buckets.slice(i, i + BATCH), userId);
      }
    }
  }

  async function entriesIn(buckets: string[], userId: number) {
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
    async list(userId) {
      const found = [];
      for await (const { bucket, field } of entries(userId)) {
        const until = await redis.pexpiretime(bucket);
        found.push({
          target: field.replace(/^\./, "").replace(/\.u\d+$/, ""),
          until: until > 0 ? new Date(until) : null,
        });
      }
      return found;
    },
    async forget(userId) {
      let forgotten = 0;
      for await (const { bucket, field } of entries(userId)) forgotten += await redis.hdel(bucket, field);
      return forgotten;
    },
  };
}
