import { formatDuration } from "~/shared/format";
import type { Answer } from "../channel-kinds/channel-kind";
import { createNotification, type Notification } from "../notification";
import { POSTGRES_AWAY } from "../rule-types/postgres-away";
import type { SealedChannel } from "../send";
import type { Severity } from "../severity";

/** A channel, as the watch remembers it while Postgres answers: sealed, in memory only. */
export interface KnownChannel extends SealedChannel {
  id: number;
  name: string;
  leastSeverity: string;
}

/** What the watch remembers while Postgres answers. */
export interface Known {
  channels: KnownChannel[];
  /** The rule's row. */
  enabled: boolean;
  threshold: number;
  severity: Severity;
  silencedUntil: Date | null;
}

/** What one channel was told of an outage so far. */
export interface Told {
  channel: KnownChannel;
  attempts: { at: Date; ms: number; answer: Answer }[];
  nextAt: Date;
  deliveredAt: Date | null;
}

/** An outage that this process tells. */
export interface Outage {
  since: Date;
  /** When the first channel was told. */
  toldAt: Date;
  /** The last question that Postgres did not answer. */
  lastFailedAt: Date;
  known: Known;
  told: Told[];
}

/** One key for all outages: the process that tells of the end may not be the one that told of the start. */
const KEY = POSTGRES_AWAY.kind;

/** The notification that Postgres is away; `publicUrl` as everywhere. */
export const awayNotification = ({ since, toldAt, known }: Outage, publicUrl: string): Notification =>
  createNotification(
    "firing",
    POSTGRES_AWAY,
    {
      id: null,
      message: `Postgres has not answered for ${formatDuration(secondsBetween(since, toldAt))}. Views are kept meanwhile, in Redis or in the journal. The web processes tell this themselves: until Postgres is back, no other alert can fire.`,
      value: secondsBetween(since, toldAt),
      threshold: known.threshold,
      severity: known.severity,
      firedAt: toldAt,
      resolvedAt: null,
    },
    { at: toldAt, publicUrl, key: KEY },
  );

/** The notification that it is back, for an alert that has a row by then. */
export const backNotification = (
  outage: Outage,
  alertId: number,
  now: Date,
  publicUrl: string,
): Notification =>
  createNotification(
    "resolved",
    POSTGRES_AWAY,
    {
      id: alertId,
      message: describeOutage(outage, now),
      value: secondsBetween(outage.since, now),
      threshold: outage.known.threshold,
      severity: outage.known.severity,
      firedAt: outage.toldAt,
      resolvedAt: now,
    },
    { at: now, publicUrl, key: KEY },
  );

/** The alert's last message. */
export const describeOutage = ({ since }: Outage, now: Date) =>
  `Postgres did not answer for ${formatDuration(secondsBetween(since, now))}; it is back.`;

export const secondsBetween = (from: Date, to: Date) => Math.round((to.getTime() - from.getTime()) / 1000);
