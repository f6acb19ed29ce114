import { createChannelSecrets } from "~/alerts/channel-secrets";
import type { DrillFollower } from "~/alerts/drills/follow-drill";
import { createTellerLease } from "~/alerts/postgres-away/teller-lease";
import { readRedisFacts } from "~/alerts/read-redis-facts";
import { mailServerOf } from "~/alerts/send-mail";
import { startAlerting } from "~/alerts/start-alerting";
import type { Env } from "~/platform/env";
import type { Logger } from "~/platform/logger";
import type { Postgres } from "~/platform/postgres";
import type { SyncQueue } from "~/platform/queue";
import type { Settings } from "~/platform/settings";
import { publicUrlOf } from "~/platform/site-origin";
import type { Metrics } from "~/telemetry/metrics";
import type { CountingRedis } from "./connect-redis";
import { operatorSettingsOf } from "./operator-settings";

/** The parts of a process that alerting uses. */
interface AlertingParts {
  env: Env;
  role: "web" | "worker";
  process: string;
  postgres: Postgres;
  /** Null where counting in Redis is switched off. */
  redis: CountingRedis | null;
  queue: SyncQueue;
  settings: Settings;
  drills: DrillFollower;
  metrics: Metrics;
  log: Logger;
  /** Logs at a limited rate. */
  warn(what: string, error: Error): void;
}

/** Wires alerting for one process, and starts it. @returns a function that stops it and waits for work in progress. */
export function startSiteAlerting({
  env,
  role,
  process,
  postgres: { db, pools },
  redis,
  queue,
  settings,
  drills,
  metrics,
  log,
  warn,
}: AlertingParts): () => Promise<void> {
  const publicUrl = publicUrlOf(env);
  const delivery = {
    db,
    pool: pools.pages,
    allowPrivate: env.WEBHOOK_ALLOW_PRIVATE,
    mail: mailServerOf(env),
    secrets: createChannelSecrets(env.SESSION_SECRET),
  };
  const lease = () =>
    createTellerLease({
      redis: redis?.client ?? null,
      prefix: env.REDIS_PREFIX,
      dir: env.JOURNAL_DIR,
      process,
    });
  return startAlerting({
    evaluation: {
      db,
      process,
      publicUrl,
      countsInRedis: redis !== null,
      settings: () => operatorSettingsOf(settings.current(), new Date()),
      readRedis: (since) => readRedisFacts(redis?.client ?? null, queue.queue(), since),
      onError: (what, error) => warn(`alert rules: ${what}`, error),
    },
    delivery,
    heartbeat: env.HEARTBEAT_URL
      ? { pool: pools.pages, url: env.HEARTBEAT_URL, everySeconds: env.HEARTBEAT_INTERVAL_SECONDS }
      : null,
    postgresWatch: role === "web" ? { ...delivery, process, publicUrl, lease: lease() } : null,
    drills,
    work: metrics.work,
    log,
    onError: warn,
  });
}
