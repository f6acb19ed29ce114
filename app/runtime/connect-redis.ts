import type { Redis } from "ioredis";
import type pg from "pg";
import type { Env } from "~/platform/env";
import type { Logger } from "~/platform/logger";
import { connectCountingRedis } from "~/platform/redis";
import { type RedisRisk, readRedisRisks } from "~/platform/redis-safety";
import { createRedisViews, type RedisViews } from "~/stores/redis/redis-views";
import { type LedgerWatch, watchLedgers } from "~/telemetry/ledger/watch-ledgers";
import { type Breaker, createBreaker } from "~/tracker/breaker";
import type { DedupeWindow } from "~/tracker/window";

/** Counting in Redis: the connection, the views in it, the breaker that guards them, and the watch over its ledgers. */
export interface CountingRedis {
  client: Redis;
  views: RedisViews;
  breaker: Breaker;
  ledgers: LedgerWatch;
}

/** A connection to Redis that owes a reply for this long, ms, is dead. Adopting the buffers of an older version may take the worker longer. */
const SILENCE_MS = { web: 1000, worker: 3000 };
const CONNECTION_LOST = "the connection to Redis was lost";

/**
 * Connects to Redis for counting; null where counting in Redis is switched off. Redis need not be up. `onMode` is called when the
 * breaker opens or closes; `warn` gets failures, which repeat until they are fixed.
 */
export function connectRedis(options: {
  env: Env;
  role: "web" | "worker";
  pool: pg.Pool;
  window: DedupeWindow;
  onMode(): void;
  log: Pick<Logger, "warn">;
  warn(source: string, error: Error): void;
}): CountingRedis | null {
  const { env, warn } = options;
  if (!env.VIEW_TRACKING_REDIS_ENABLED || !env.REDIS_URL) return null;
  const silenceMs = SILENCE_MS[options.role];
  let whyClosed = CONNECTION_LOST;
  const onError = (error: Error) => {
    // The client's own words for a Redis that is frozen; a view that waits for it finds the same.
    whyClosed = /^Socket timeout/.test(error.message)
      ? `no answer within ${silenceMs} ms`
      : `no connection to Redis: ${error.message}`;
    warn("redis connection", error);
  };
  const client = connectCountingRedis(env.REDIS_URL, onError, silenceMs);
  const views = createRedisViews(
    client,
    options.window,
    {
      onLedger: (answer) => ledgers.noteAnswer(answer),
      onTaught: (...answer) => ledgers.noteTaught(...answer),
    },
    env.REDIS_PREFIX,
  );
  const ledgers = watchLedgers(options.pool, views.renewLedger, (error) => warn("ledger in Redis", error));
  const breaker = createBreaker({
    timeoutMs: env.VIEW_REDIS_TIMEOUT_MS,
    probe: () => views.probe(),
    onChange: () => options.onMode(),
  });
  // Trips the breaker at once, so that no reader waits to find out.
  client.on("close", () => breaker.trip(whyClosed));
  const reportRisks = riskReporter(options.log);
  client.on("ready", () => {
    whyClosed = CONNECTION_LOST;
    // A connection after a failover leads to another server, with settings of its own.
    readRedisRisks(client).then(reportRisks, (error: Error) => warn("settings of Redis", error));
  });
  return { client, views, breaker, ledgers };
}

/** Logs each risk once, and again when it comes back. */
function riskReporter(log: Pick<Logger, "warn">) {
  let known = new Set<string>();
  return (risks: RedisRisk[]) => {
    for (const { kind, text } of risks) if (!known.has(kind)) log.warn({ risk: kind }, text);
    known = new Set(risks.map(({ kind }) => kind));
  };
}
