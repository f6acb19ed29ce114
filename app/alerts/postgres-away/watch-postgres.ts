import type pg from "pg";
import type { PrismaClient } from "../../../prisma/client/client";
import { findChannelKind } from "../channel-kinds/all-kinds";
import { pauseAfter } from "../deliver";
import { isTold } from "../outbox";
import { POSTGRES_AWAY } from "../rule-types/postgres-away";
import { type SendSources, send } from "../send";
import { severityOf } from "../severity";
import { awayNotification, type Known, type KnownChannel, type Outage, type Told } from "./outage";
import { recordOutage } from "./record-outage";
import type { TellerLease } from "./teller-lease";

/** How often Postgres is asked, ms. */
export const WATCH_POSTGRES_EVERY_MS = 5000;

export interface PostgresWatchSources extends SendSources {
  db: PrismaClient;
  pool: Pick<pg.Pool, "query">;
  process: string;
  publicUrl: string;
  lease: TellerLease;
  onTold(about: { channel: string; error: string | null }): void;
}

export interface PostgresWatch {
  /**
   * Asks Postgres once, and tells the channels if it has been away for longer than the rule's limit. Rejects when an outage that is over
   * cannot be written down, which is tried again, or when Postgres refuses the question itself.
   */
  poll(now: Date): Promise<void>;
}

/**
 * One web process's watch over Postgres. While Postgres answers, it remembers the channels, sealed and in memory only; a process that
 * starts during an outage knows none, and tells nothing.
 */
export function watchPostgres(sources: PostgresWatchSources): PostgresWatch {
  const { db, pool, process, publicUrl, lease } = sources;
  let known: Known | null = null;
  let awaySince: Date | null = null;
  let outage: Outage | null = null;

  async function poll(now: Date) {
    try {
      known = await readKnown(pool);
    } catch (error) {
      if (isAnswer(error as Error)) throw error;
      awaySince ??= now;
      await whileAway(awaySince, now);
      return;
    }
    awaySince = null;
    if (!outage) return;
    await recordOutage(db, outage, { now, publicUrl, process });
    outage = null;
  }

  async function whileAway(since: Date, now: Date) {
    if (!known?.enabled || (known.silencedUntil && known.silencedUntil > now)) return;
    if (now.getTime() - since.getTime() < known.threshold * 1000) return;
    if (!(await lease.hold())) return;
    outage ??= startOutage(known, since, now);
    outage.lastFailedAt = now;
    await tell(outage, now);
  }

  async function tell(current: Outage, now: Date) {
    const notification = awayNotification(current, publicUrl);
    await Promise.all(
      current.told.map(async (told) => {
        const kind = findChannelKind(told.channel.kind);
        if (!kind?.send || told.deliveredAt || told.nextAt > now) return;
        const startedAt = Date.now();
        const id = `postgres-away-${current.since.getTime()}-${told.channel.id}`;
        const answer = await send(sources, told.channel, { id, body: kind.format(notification), now });
        told.attempts.push({ at: now, ms: Date.now() - startedAt, answer });
        if (answer.delivered) told.deliveredAt = new Date(Math.max(now.getTime(), Date.now()));
        told.nextAt = new Date(
          now.getTime() + Math.max(pauseAfter(told.attempts.length), answer.retryAfterMs ?? 0),
        );
        sources.onTold({ channel: told.channel.name, error: answer.error });
      }),
    );
  }

  return { poll };
}

const startOutage = (known: Known, since: Date, now: Date): Outage => ({
  since,
  toldAt: now,
  lastFailedAt: now,
  known,
  told: known.channels
    .filter((channel) => isTold(channel, known.severity))
    .map((channel): Told => ({ channel, attempts: [], nextAt: now, deliveredAt: null })),
});

/** Past Prisma, as everything that is polled. A rule without a row, on a site's first start, has its defaults. */
async function readKnown(pool: Pick<pg.Pool, "query">): Promise<Known> {
  const { rows } = await pool.query<{
    rule: { enabled: boolean; threshold: number; severity: string; silencedUntil: string | null } | null;
    channels: KnownChannel[] | null;
  }>({
    name: "known-channels",
    text: `SELECT
      (SELECT row_to_json(r) FROM (SELECT enabled, threshold, severity, "silencedUntil" FROM "AlertRule" WHERE kind = $1) r) AS rule,
      (SELECT json_agg(c ORDER BY c.id) FROM (SELECT id, name, kind, url, secret, "leastSeverity" FROM "AlertChannel"
        WHERE "removedAt" IS NULL) c) AS channels`,
    values: [POSTGRES_AWAY.kind],
  });
  const { rule, channels } = rows[0] ?? { rule: null, channels: null };
  return {
    channels: channels ?? [],
    enabled: rule?.enabled ?? true,
    threshold: rule?.threshold ?? POSTGRES_AWAY.defaults.threshold,
    severity: rule ? severityOf(rule.severity) : POSTGRES_AWAY.severity,
    silencedUntil: rule?.silencedUntil ? new Date(rule.silencedUntil) : null,
  };
}

/**
 * Whether Postgres answered, although with an error: then it is not away. SQLSTATEs start with a digit; those of classes 08
 * (connection), 53 (no resources: too many connections), 57 (shut down, or too slow) mean that it could not.
 */
const isAnswer = (error: Error & { code?: string }) =>
  /^\d[0-9A-Z]{4}$/.test(error.code ?? "") && !/^(08|53|57)/.test(error.code ?? "");
