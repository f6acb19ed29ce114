import type pg from "pg";
import { readRedisPid } from "~/platform/redis-process";
import { type RedisRisk, readRedisRisks } from "~/platform/redis-safety";
import { sharedReading } from "~/platform/shared-reading";
import { createMarkReader } from "~/stores/postgres/marks";
import { type RedisMemory, readRedisMemory } from "~/stores/redis/memory";
import type { Ledger } from "~/telemetry/ledger/balance";
import { readLedger } from "~/telemetry/ledger/read-ledger";
import type { LiveStatus } from "~/telemetry/live-status";
import type { UnsyncedMemory } from "~/telemetry/unsynced-memory";
import { planSync, type SyncPlan } from "~/tracker/plan-sync";
import type { ReadUnsynced } from "~/tracker/ports";
import { withTimeout, withTimeoutOrNull } from "~/tracker/timeout";
import type { CountingRedis } from "./connect-redis";

/** Reads Redis for pages and alert rules. Every read is bounded in time: a page never waits for Redis. */
export interface RedisReader {
  /** False while Redis does not answer, is rehearsed not to, or is switched off, wherever views are counted. */
  redisAnswers(): boolean;
  /** Never rejects; answers within 300 ms. */
  liveStatus(): Promise<LiveStatus>;
  /**
   * Unsynced views by target. When Redis does not answer within 100 ms, they are the last known ones; null when Postgres does not tell
   * those in time, or where counting in Redis is switched off. Never rejects.
   */
  readUnsynced: ReadUnsynced;
  /** The views that a sync would move now; null when Redis does not answer. Rejects when Postgres does not. */
  planSync(): Promise<SyncPlan | null>;
  /** How full Redis is; null when it does not answer. Never rejects. */
  redisMemory(): Promise<RedisMemory | null>;
  /** Its process id, if it is certainly a process of this machine; null otherwise, and when it does not answer. Never rejects. */
  redisPid(): Promise<number | null>;
  /** Why Redis may lose views; null when it does not answer. Never rejects. */
  redisRisks(): Promise<RedisRisk[] | null>;
  /** The ledger as it is now; null when Redis does not answer within a second. Never rejects. */
  readLedger(): Promise<Ledger | null>;
}

/** Counts on a page must never hold it up. */
const COUNTS_TIMEOUT_MS = 100;
const REMEMBERED_TIMEOUT_MS = 1000;
const STATUS_TIMEOUT_MS = 300;
const LEDGER_TIMEOUT_MS = 1000;
const PLAN_TIMEOUT_MS = 10_000;
/** Pages and streams that ask within this time, ms, share one reading. */
const SHARED_MS = 1000;

/** Creates the reader. `redis` is null where counting in Redis is switched off. */
export function createRedisReader(
  pool: pg.Pool,
  redis: CountingRedis | null,
  memory: UnsyncedMemory,
): RedisReader {
  /** Redis, unless it is known not to answer. In a drill it does: only counting is kept away from it. */
  const answering = () => (redis?.breaker.answers() ? redis : null);

  async function liveStatus(): Promise<LiveStatus> {
    if (!redis) return { redis: "disabled", unsynced: null, oldestUnsyncedAt: null };
    const views = answering()?.views;
    const found = views ? await withTimeoutOrNull(STATUS_TIMEOUT_MS, views.unsynced()) : null;
    if (!found) return { redis: "down", unsynced: null, oldestUnsyncedAt: null };
    const oldestUnsyncedAt = found.oldestAt === null ? null : new Date(found.oldestAt);
    return { redis: "up", unsynced: found.views, oldestUnsyncedAt };
  }

  return {
    redisAnswers: () => redis !== null && !redis.breaker.state().open,
    liveStatus: sharedReading(SHARED_MS, liveStatus),
    async readUnsynced(targets) {
      const views = answering()?.views;
      const askedAt = Date.now();
      const found = views ? await withTimeoutOrNull(COUNTS_TIMEOUT_MS, views.readUnsynced(targets)) : null;
      if (found) memory.note(targets, found, askedAt);
      return found ?? (redis ? withTimeoutOrNull(REMEMBERED_TIMEOUT_MS, memory.read(targets)) : null);
    },
    async planSync() {
      const views = answering()?.views;
      if (!views) return null;
      return withTimeout(PLAN_TIMEOUT_MS, planSync(views, createMarkReader(pool)));
    },
    async redisMemory() {
      const client = answering()?.client;
      return client ? withTimeoutOrNull(STATUS_TIMEOUT_MS, readRedisMemory(client)) : null;
    },
    async redisPid() {
      const client = answering()?.client;
      return client ? withTimeoutOrNull(STATUS_TIMEOUT_MS, readRedisPid(client)) : null;
    },
    async redisRisks() {
      // Not through the breaker, which is open when Redis cannot write its file.
      return redis?.client.status === "ready"
        ? withTimeoutOrNull(STATUS_TIMEOUT_MS, readRedisRisks(redis.client))
        : null;
    },
    readLedger: sharedReading(SHARED_MS, async () => {
      const views = answering()?.views;
      return views ? withTimeoutOrNull(LEDGER_TIMEOUT_MS, readLedger(pool, views)) : null;
    }),
  };
}
